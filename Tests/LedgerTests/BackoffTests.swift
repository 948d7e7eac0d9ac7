import Testing

@testable import Ledger

@Suite struct BackoffTests {
    private let backoff = Backoff(attempts: 5, base: 2, cap: 900)

    @Test(arguments: [(1, 4.0), (2, 8), (3, 16), (8, 512), (9, 900), (10_000, 900)])
    func `the wait doubles up to the cap`(failures: Int, longest: Double) {
        #expect(backoff.delay(failures: failures) { $0.upperBound } == longest)
        #expect(backoff.delay(failures: failures) { $0.lowerBound } == 0)
    }
}
