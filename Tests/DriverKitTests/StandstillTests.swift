import Testing
import Wire

@testable import DriverKit

@Suite struct StandstillTests {
    private static let second: Int64 = 1_000_000_000
    private let full = Failure.config("disk_full", "no room")

    @Test func `it looks with one record after five seconds, and each time that is in vain waits for twice as long`() {
        var standstill = Standstill(full, now: 0)
        var (now, pauses): (Int64, [Int64]) = (0, [])
        for _ in 0..<9 {
            let look = standstill.look(after: now) ?? 0
            #expect(standstill.capacity(window: 16, now: look - 1).records == 0)
            #expect(standstill.capacity(window: 16, now: look).records == 1)
            pauses.append((look - now) / Self.second)
            now = look
            standstill.lookLater(now: now)
        }
        #expect(pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300])
    }

    @Test(arguments: [
        (Failure.config("no_access", "m"), true), (.config("stage_ended", "m"), true),
        (.transient("broken", "m"), true),
        (.config("usage", "m"), false), (.config("http_401", "m", host: "a.example"), false)
    ])
    func `wrong arguments, and what a host refuses, are for somebody else to mend`(failure: Failure, looks: Bool) {
        let standstill = Standstill(failure, now: 0)
        #expect(standstill.looksAgain == looks)
        #expect((standstill.look(after: 0) != nil) == looks)
        #expect(standstill.capacity(window: 1, now: 1000 * Self.second).records == (looks ? 1 : 0))
    }

    @Test func `a look that tells nothing is followed by the next record at once`() {
        var standstill = Standstill(full, now: 0)
        standstill.lookOn(now: 7 * Self.second)
        #expect(standstill.capacity(window: 1, now: 7 * Self.second).records == 1)
    }

    @Test func `before the end it looks once more, unless it just did`() {
        var standstill = Standstill(full, now: 0)
        let looksAtOnce = standstill.lookAtLast(now: 4 * Self.second)
        standstill.lookLater(now: 5 * Self.second)
        let looksLater = standstill.lookAtLast(now: 11 * Self.second)
        #expect(!looksAtOnce && looksLater && standstill.capacity(window: 1, now: 11 * Self.second).records == 1)
        let looksAgain = standstill.lookAtLast(now: 12 * Self.second)
        #expect(!looksAgain)
    }

    @Test func `another reason is news, the same one is not`() {
        var standstill = Standstill(full, now: 0)
        let again = standstill.isNews(.config("disk_full", "still no room"))
        #expect(!again && standstill.failure.message == "still no room")
        let isNews = standstill.isNews(.config("no_access", "read-only"))
        #expect(isNews)
    }
}
