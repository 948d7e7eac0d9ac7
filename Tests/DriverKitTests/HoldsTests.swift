import Testing
import Wire

@testable import DriverKit

@Suite struct HoldsTests {
    private let key = Holds.Key(stage: 1, need: "home")
    private let refusal = Failure.config("http_401", "refused", host: "h")
    private static let second: Int64 = 1_000_000_000

    private func refuse(_ holds: inout Holds, _ item: Int64, now: Int64 = 0, refusedAt: Int64 = 10) -> Bool {
        holds.refused(item, key, refusal, now: now, refusedAt: refusedAt) != nil
    }

    /// Lets an item look, as the driver does it.
    private func look(_ holds: inout Holds, with item: Int64?, now: Int64) {
        holds.look(now: now) { _ in true }
        #expect(holds.changes.contains { if case .probe = $0 { true } else { false } })
        holds.told(holds.changes.count)
        holds.looks(with: item, key, now: now, isMoreToCome: false)
        holds.told(holds.changes.count)
    }

    @Test func `the first refusal is said, and another item asks at once while the rest stays back`() {
        var holds = Holds()
        #expect(holds.refused(1, key, refusal, now: 0, refusedAt: 10)?.news == .holds(key, refusal))
        #expect(holds.isUndecided(at: 1, now: 0) && !holds.isUndecided(at: 0, now: 0))
        #expect(holds.refusal(of: 1, key, now: 0) != nil)
        #expect(holds.refusal(of: 2, key, now: 0) == nil)
        #expect(holds.refusal(of: 3, key, now: 0) != nil)
        #expect(holds.refusal(of: 4, Holds.Key(stage: 1, need: "other"), now: 0) == nil)
    }

    /// A hold that three others were asked about in vain, at the time 0.
    private func settled() -> Holds {
        var holds = Holds()
        #expect(refuse(&holds, 1))
        for item in Int64(2)...4 {
            #expect(holds.isUndecided(at: 1, now: 0))
            #expect(holds.refusal(of: item, key, now: 0) == nil)
            #expect(refuse(&holds, item))
        }
        #expect(!holds.isUndecided(at: 1, now: 0))
        holds.told(holds.changes.count)
        return holds
    }

    @Test func `after three opinions one item looks, at twice the distance each time, up to five minutes`() {
        var holds = settled()
        var (now, delay) = (Int64(0), 5 * Self.second)
        for item in Int64(5)...14 {
            holds.told(holds.changes.count)
            #expect(holds.nextLook == now + delay)
            holds.look(now: now + delay - 1) { _ in true }
            #expect(holds.changes.isEmpty)
            now += delay
            look(&holds, with: item, now: now)
            #expect(refuse(&holds, item, now: now))
            delay = min(2 * delay, 300 * Self.second)
        }
        #expect(delay == 300 * Self.second)
    }

    @Test func `who was refused is no other opinion, and where there is none the hold is settled`() {
        var holds = Holds()
        #expect(refuse(&holds, 1) && refuse(&holds, 2))
        holds.look(now: 0) { _ in true }
        #expect(holds.changes == [.probe(key, excluding: [1, 2])])
        holds.told(1)
        holds.looks(with: nil, key, now: 0, isMoreToCome: true)
        #expect(holds.isUndecided(at: 1, now: 0))
        holds.looks(with: nil, key, now: 0, isMoreToCome: false)
        #expect(!holds.isUndecided(at: 1, now: 0) && holds.nextLook == 0)
    }

    @Test func `somebody who is let in lets all go, but not who began before`() {
        var holds = Holds()
        #expect(refuse(&holds, 1))
        #expect(holds.admitted(2, key, begunAt: 9) == nil && !holds.isEmpty)
        #expect(holds.admitted(3, key, begunAt: 11) == .goesOn(key) && holds.isEmpty)
        #expect(holds.changes == [.release(key)])
        // Whoever looks was claimed before perhaps, but asks now.
        #expect(refuse(&holds, 4, refusedAt: 20))
        #expect(holds.refusal(of: 5, key, now: 0) == nil)
        #expect(holds.admitted(5, key, begunAt: 19) == .goesOn(key))
        #expect(!refuse(&holds, 4, refusedAt: 21))
    }

    @Test func `what is refused again after others were let in has failed for good`() {
        var holds = Holds()
        #expect(refuse(&holds, 1, refusedAt: 10))
        #expect(holds.admitted(2, key, begunAt: 11) != nil)
        #expect(!refuse(&holds, 1, refusedAt: 12) && holds.isEmpty)
        // A password that changes later is another matter.
        #expect(refuse(&holds, 3, refusedAt: 20))
    }

    @Test(arguments: [1, 2, 3, 4], [true, false])
    func `up to three that are refused, after others were let in, are asked once more and then have failed`(
        count: Int64, wasOpen: Bool
    ) {
        var holds = Holds()
        for item in 1...count {
            #expect(holds.refused(item, key, refusal, now: 0, refusedAt: 10, wasOpen: wasOpen) != nil)
        }
        look(&holds, with: nil, now: 0)
        guard wasOpen, count <= 3 else {
            #expect(!holds.isUndecided(at: 1, now: 0))
            look(&holds, with: 1, now: 5 * Self.second)
            #expect(refuse(&holds, 1, refusedAt: 11) && !holds.isEmpty)
            return
        }
        var now: Int64 = 0
        for item in 1...count {
            look(&holds, with: item, now: now)
            // It may take long.
            now += 4 * Self.second
            #expect(holds.isUndecided(at: 1, now: now))
            #expect(!refuse(&holds, item, now: now, refusedAt: 11))
        }
        #expect(holds.isEmpty)
    }

    @Test func `one that was in hand when another was asked for its last word is asked once more too`() {
        var holds = Holds()
        #expect(holds.refused(1, key, refusal, now: 0, refusedAt: 10, wasOpen: true) != nil)
        look(&holds, with: nil, now: 0)
        #expect(refuse(&holds, 2, now: 6 * Self.second, refusedAt: 11))
        for item in Int64(1)...2 {
            #expect(holds.isUndecided(at: 1, now: 6 * Self.second))
            look(&holds, with: item, now: 6 * Self.second)
            #expect(!refuse(&holds, item, now: 6 * Self.second, refusedAt: 12))
        }
        #expect(holds.isEmpty)
    }

    @Test func `a look that told nothing leaves it to another one, not sooner where the host is down`() {
        var holds = settled()
        let now = 5 * Self.second
        look(&holds, with: 5, now: now)
        holds.missed(5, key, now: now, isOwnEnd: false)
        #expect(holds.nextLook == now + 5 * Self.second)
        look(&holds, with: 6, now: now + 5 * Self.second)
        holds.withdrawn(6, now: now + 6 * Self.second)
        #expect(holds.nextLook == now + 6 * Self.second)
    }

    @Test func `a stage that is restarted tries all again`() {
        var holds = Holds()
        #expect(refuse(&holds, 1))
        holds.release(stage: 0)
        #expect(!holds.isEmpty)
        holds.release(stage: 1)
        #expect(holds.isEmpty && holds.changes == [.release(key)])
    }

    @Test(arguments: [
        (
            #"{"v":1,"id":"home:track:1","kind":"track","media":{"url":"https://u:p@CDN.example:8443/a?b","format":"mp3"}}"#,
            "cdn.example:8443"
        ),
        (#"{"v":1,"id":"file:playlist:1","kind":"request","ref":"http://lists.example/a.m3u"}"#, "lists.example"),
        (#"{"v":1,"id":"catalog:album:1","kind":"request","ref":"home:album:1"}"#, "home"),
        (#"{"v":1,"id":"catalog:album:1","kind":"request","ref":"album:1"}"#, "catalog"),
        (#"{"v":1,"id":"home:track:1","kind":"track"}"#, "home")
    ])
    func `what a record needs is its host, or else its catalog`(line: String, need: String) throws {
        #expect(try Record(line: Array(line.utf8)).need == need)
    }
}
