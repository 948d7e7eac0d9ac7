import Testing

@testable import DriverKit

@Suite struct PaceTests {
    @Test func `a pace is that of the last while, and unknown at first`() {
        var pace = Pace(seconds: 5)
        pace.note(0, at: 0)
        #expect(pace.perSecond == nil)
        for second in 1...20 { pace.note(second <= 10 ? 0 : (second - 10) * 100, at: Int64(second) * 1_000_000_000) }
        #expect(pace.perSecond == 100)
    }
}
