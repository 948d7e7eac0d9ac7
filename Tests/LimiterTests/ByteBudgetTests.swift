import Testing

@testable import Limiter

@Suite struct ByteBudgetTests {
    /// Seconds until so many transfers have moved their bytes, in pieces; each rests until its last piece is allowed.
    private func seconds(_ transfers: Int, bytes: Int, piece: Int, rate: (Double) -> Int) -> Double {
        var (budget, now) = (ByteBudget(), 1000.0)
        var marks = [Double?](repeating: nil, count: transfers)
        var left = [Int](repeating: bytes, count: transfers)
        while left.contains(where: { $0 > 0 }) || marks.contains(where: { $0 != nil }) {
            for index in marks.indices {
                if let mark = marks[index], budget.left(until: mark, rate: rate(now - 1000), now: now) > 0 { continue }
                marks[index] = left[index] > 0 ? budget.take(piece, rate: rate(now - 1000), now: now) : nil
                left[index] -= piece
            }
            now += 0.01
        }
        return now - 1000
    }

    @Test(arguments: [1, 8, 32]) func `all transfers together keep the limit`(transfers: Int) {
        let seconds = seconds(transfers, bytes: 64_000_000 / transfers, piece: 100_000) { _ in 1_000_000 }
        #expect((60.8...67.2).contains(seconds))
    }

    @Test func `another limit holds at once, also for those that rest`() {
        // 10 s at 1 MB/s, then 10 MB/s.
        let seconds = seconds(32, bytes: 2_000_000, piece: 100_000) { $0 < 10 ? 1_000_000 : 10_000_000 }
        #expect((14.6...16.2).contains(seconds))
    }

    @Test func `idle time is made up for by half a second, and no more`() {
        var budget = ByteBudget()
        let first = budget.take(1, rate: 1000, now: 100)
        #expect(budget.left(until: first, rate: 1000, now: 100) == 0)
        let mark = budget.take(1000, rate: 1000, now: 500)
        #expect(abs(budget.left(until: mark, rate: 1000, now: 500) - 0.5) < 0.01)
    }

    @Test func `its file says it all, until the machine starts again`() {
        var budget = ByteBudget()
        let mark = budget.take(5000, rate: 1000, now: 70)
        _ = budget.left(until: mark, rate: 1000, now: 77)
        #expect(ByteBudget(text: budget.text(boot: "a"), boot: "a") == budget)
        #expect(ByteBudget(text: budget.text(boot: "a"), boot: "b") == ByteBudget())
        #expect(ByteBudget(text: Array("not JSON".utf8), boot: "a") == ByteBudget())
    }
}
