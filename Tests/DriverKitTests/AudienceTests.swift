import Testing

@testable import DriverKit

@Suite struct AudienceTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `events are handed out once, in their order`() {
        var audience = Audience(outlet: nil, isThere: false)
        for id in ["a", "b"] { audience.note(.added(id: id)) }
        let ids = audience.takeEvents().map { if case .added(let id) = $0 { id } else { "" } }
        let rest = audience.takeEvents()
        #expect(ids == ["a", "b"] && rest.isEmpty)
    }

    @Test func `items are counted for observers, after a change and not too often`() {
        var nobody = Audience(outlet: nil, isThere: false)
        var audience = Audience(outlet: nil, isThere: true)
        let first = (nobody.wantsCount(now: Self.second), audience.wantsCount(now: Self.second))
        #expect(first == (false, true))
        audience.counted()
        let unchanged = audience.wantsCount(now: 2 * Self.second)
        #expect(!unchanged)
        audience.sawChange()
        let times = (audience.wantsCount(now: 3 * Self.second), audience.wantsCount(now: 3 * Self.second + 1))
        #expect(times == (true, false))
    }
}
