import Testing

@testable import Limiter

@Suite struct ByteBudgetTests {
    /// Connections that share a budget, by a clock of their own.
    private struct Run {
        var budget = ByteBudget()
        /// Bytes that came, by the hundredth of a second in which they did.
        var came: [Double] = []

        /// Bytes a second from a second on, until another.
        func rate(_ seconds: ClosedRange<Int>) -> Double {
            came[seconds.lowerBound * 100..<seconds.upperBound * 100].reduce(0, +)
                / Double(seconds.upperBound - seconds.lowerBound)
        }
    }

    /// Connections that fetch one file of `file` bytes after the other for some seconds, `gap` hundredths of a second apart; each
    /// reads a piece once it is allowed, and asks for the next.
    private func run(
        _ connections: Int, file: Int, gap: Int = 1, seconds: Int, piece: Int = 20_000, rate: (Double) -> Int
    ) -> Run {
        var run = Run()
        var marks = [Double?](repeating: nil, count: connections)
        var (left, next) = ([Int](repeating: file, count: connections), [Int](repeating: 0, count: connections))
        for step in 0..<seconds * 100 {
            let now = 1000 + Double(step) / 100
            let rate = rate(now - 1000)
            run.came.append(0)
            for index in marks.indices where next[index] <= step {
                if let mark = marks[index] {
                    guard run.budget.left(until: mark, rate: rate, now: now) == 0 else { continue }
                    let bytes = min(piece, left[index])
                    run.came[step] += Double(bytes)
                    left[index] -= bytes
                    if bytes < piece { run.budget.giveBack(piece - bytes, rate: rate, now: now) }
                }
                if left[index] > 0 {
                    marks[index] = run.budget.ask(for: piece, rate: rate, now: now)
                } else {
                    (marks[index], left[index], next[index]) = (nil, file, step + gap)
                }
            }
        }
        return run
    }

    @Test(arguments: [1, 8, 32, 128], [65_536, 1_000_000_000])
    func `all connections together keep the limit, and no more comes at the start`(connections: Int, file: Int) {
        let run = run(connections, file: file, seconds: 60) { _ in 1_000_000 }
        for end in [5, 20, 60] { #expect(run.rate(0...end) <= 1_050_000) }
        for start in stride(from: 0, to: 55, by: 5) {
            #expect((950_000...1_050_000).contains(run.rate(start...start + 5)))
        }
    }

    @Test(arguments: [1, 8, 32]) func `another limit holds at once, also for those that wait`(connections: Int) {
        let run = run(connections, file: 1_000_000_000, seconds: 30) {
            $0 < 10 ? 1_000_000 : $0 < 20 ? 10_000_000 : 500_000
        }
        #expect((950_000...1_050_000).contains(run.rate(5...10)))
        // One alone reads a piece in each hundredth of a second at most.
        for start in [10, 15] where connections > 1 {
            #expect((9_500_000...10_500_000).contains(run.rate(start...start + 5)))
        }
        for start in [21, 25] { #expect((475_000...525_000).contains(run.rate(start...start + 4))) }
    }

    @Test func `many that were idle begin no faster than one`() {
        // Nobody asks but for a moment every ten seconds.
        let run = run(32, file: 65_536, gap: 1000, seconds: 40) { _ in 1_000_000 }
        for start in 0..<38 { #expect(run.rate(start...start + 2) <= 1_125_000) }
    }

    @Test func `idle time is made up for by a quarter of a second, and no more`() {
        var budget = ByteBudget()
        let first = budget.ask(for: 250, rate: 1000, now: 100)
        #expect(budget.left(until: first, rate: 1000, now: 100) == 0)
        let mark = budget.ask(for: 1000, rate: 1000, now: 500)
        #expect(abs(budget.left(until: mark, rate: 1000, now: 500) - 0.75) < 0.01)
    }

    @Test func `time that somebody is late to tell counts once`() {
        var budget = ByteBudget()
        let mark = budget.ask(for: 1250, rate: 1000, now: 100)
        for now in [100.5, 100.1, 100.5, 100.1] { _ = budget.left(until: mark, rate: 1000, now: now) }
        #expect(abs(budget.left(until: mark, rate: 1000, now: 100.5) - 0.5) < 0.01)
    }

    @Test func `what is given back is for the next one that waits`() {
        var budget = ByteBudget()
        _ = budget.ask(for: 1250, rate: 1000, now: 100)
        let mark = budget.ask(for: 1000, rate: 1000, now: 100)
        #expect(abs(budget.left(until: mark, rate: 1000, now: 100) - 2) < 0.01)
        budget.giveBack(900, rate: 1000, now: 100)
        #expect(abs(budget.left(until: mark, rate: 1000, now: 100) - 1.1) < 0.01)
    }

    @Test func `its file says it all, until the machine starts again`() {
        var budget = ByteBudget()
        let mark = budget.ask(for: 5000, rate: 1000, now: 70)
        _ = budget.left(until: mark, rate: 1000, now: 77)
        #expect(ByteBudget(text: budget.text(boot: "a"), boot: "a") == budget)
        #expect(ByteBudget(text: budget.text(boot: "a"), boot: "b") == ByteBudget())
        #expect(ByteBudget(text: Array("not JSON".utf8), boot: "a") == ByteBudget())
    }
}
