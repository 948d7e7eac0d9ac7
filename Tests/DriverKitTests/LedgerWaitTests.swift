import Testing
import Wire

@testable import DriverKit

@Suite struct LedgerWaitTests {
    private static let second: Int64 = 1_000_000_000
    private let full = Failure.config("disk_full", "no room for the ledger")

    @Test func `it is asked after one second, then after twice as long, and at least every half minute`() {
        var wait = LedgerWait()
        var (now, pauses): (Int64, [Int64]) = (0, [])
        for turn in 0..<8 {
            let isFirst = wait.begin(full, now: now)
            #expect(isFirst == (turn == 0))
            let pause = (1...60).first { wait.mayAsk(now: now + $0 * Self.second) } ?? 0
            pauses.append(pause)
            now += pause * Self.second
        }
        #expect(pauses == [1, 2, 4, 8, 16, 30, 30, 30])
        let ends = [wait.end(), wait.end()]
        #expect(ends == [true, false] && !wait.isOn)
        let isFirst = wait.begin(full, now: now)
        #expect(isFirst && wait.mayAsk(now: now + Self.second))
    }

    @Test(arguments: [("disk_full", true), ("ledger_busy", true), ("bad_ledger", false), ("no_access", false)])
    func `only what passes is waited for`(code: String, passes: Bool) {
        #expect(LedgerWait.mayPass(.config(Failure.Code(rawValue: code), "m")) == passes)
    }
}
