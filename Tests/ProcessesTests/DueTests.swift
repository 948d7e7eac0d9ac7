import Testing
import Wire

@testable import Processes

@Suite struct DueTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `a time comes when it was to come, also when a clock that was set back would have it come later`() {
        let due = Due(millisecondsSince1970() + 3_600_000)
        let now = monotonicNanoseconds()
        #expect(!due.hasCome(now) && !due.hasCome(now + 3500 * Self.second))
        #expect(due.hasCome(now + 3601 * Self.second))
    }

    @Test(arguments: [0, -1, -10_000_000, .min / 2])
    func `a time that is past has come`(before: Int64) { #expect(Due(millisecondsSince1970() + before).hasCome(0)) }

    @Test func `a time that is further away than can be counted is no trap`() {
        #expect(!Due(.max).hasCome(monotonicNanoseconds()))
    }
}
