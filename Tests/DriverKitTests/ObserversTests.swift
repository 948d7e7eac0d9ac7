import Testing

@testable import DriverKit

@Suite struct AudienceTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `events are handed out once, in their order`() {
        var observers = Observers(outlet: nil, isThere: false)
        for id in ["a", "b"] { observers.note(.added(id: id)) }
        let ids = observers.drainEvents().map { if case .added(let id) = $0 { id } else { "" } }
        let rest = observers.drainEvents()
        #expect(ids == ["a", "b"] && rest.isEmpty)
    }

    @Test func `items are counted for observers, after a change and not too often`() {
        var nobody = Observers(outlet: nil, isThere: false)
        var observers = Observers(outlet: nil, isThere: true)
        let first = (nobody.wantsCount(now: Self.second), observers.wantsCount(now: Self.second))
        #expect(first == (false, true))
        observers.counted()
        let unchanged = observers.wantsCount(now: 2 * Self.second)
        #expect(!unchanged)
        observers.sawChange()
        let times = (observers.wantsCount(now: 3 * Self.second), observers.wantsCount(now: 3 * Self.second + 1))
        #expect(times == (true, false))
    }
}
