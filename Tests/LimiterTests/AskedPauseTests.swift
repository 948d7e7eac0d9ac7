import Testing

@testable import Limiter

@Suite struct AskedPauseTests {
    private let day = 86_400.0

    private func uptime(_ seconds: Double, start: String = "one") -> Uptime { Uptime(start: start, seconds: seconds) }

    /// Asked at 1,000,000 since 1970, 500 s after the machine's start, to wait for 60 s.
    private var paused: TokenBucket {
        var bucket = TokenBucket()
        bucket.pause(seconds: 60, now: 1_000_000, uptime: uptime(500))
        return bucket
    }

    @Test(arguments: [-400.0, -1, -0.01, 0, 0.01, 1, 400])
    func `a clock that is set makes a pause neither longer nor shorter`(days: Double) {
        #expect(paused.pauseLeft(now: 1_000_010 + days * day, uptime: uptime(510)) == 50)
        #expect(paused.pauseLeft(now: 1_000_060 + days * day, uptime: uptime(560)) == 0)
    }

    @Test func `after a new start of the machine the clock that people set decides`() {
        #expect(paused.pauseLeft(now: 1_000_020, uptime: uptime(3, start: "two")) == 40)
        #expect(paused.pauseLeft(now: 1_000_061, uptime: uptime(3, start: "two")) == 0)
        #expect(paused.pauseLeft(now: 1_000_020) == 40)
    }

    @Test(arguments: [1.0, 3600, 86_400, 1e8])
    func `after a new start a pause that would be longer than was asked for is over`(back: Double) {
        #expect(paused.pauseLeft(now: 1_000_000 - back, uptime: uptime(3, start: "two")) == 0)
    }

    @Test func `who knows only the end may still raise it`() {
        var raised = paused
        raised.pausedUntil = 1_000_300
        #expect(raised.pauseLeft(now: 1_000_010, uptime: uptime(510)) == 290)
    }

    @Test func `a longer pause takes the place of a shorter one, also when the clock was set back between`() {
        var bucket = paused
        bucket.pause(seconds: 10, now: 1_000_001, uptime: uptime(501))
        #expect(bucket == paused)
        bucket.pause(seconds: 90, now: 1_000_001 - day, uptime: uptime(501))
        #expect(bucket.pauseLeft(now: 1_000_001 - day, uptime: uptime(501)) == 90)
    }

    @Test func `all of it comes back from its text`() {
        #expect(TokenBucket(text: paused.text(host: "a")) == paused)
        let told = Pause(text: paused.text(host: "a"), now: 1_000_010 - day, uptime: uptime(510))
        #expect(told == Pause(host: "a", until: 1_000_060 - day))
    }

    @Test(arguments: [
        #"{"paused_until":1060,"paused_at":1000}"#, #"{"paused_until":1060,"paused_at":"1000","pause_s":60}"#,
        #"{"paused_until":1060,"paused_at":5,"pause_s":7,"boot":"one","paused_until_boot":1}"#
    ])
    func `what is told in part, or of another pause, counts for nothing`(text: String) {
        #expect(TokenBucket(text: Array(text.utf8)).pauseLeft(now: 1000, uptime: uptime(500)) == 60)
    }

    @Test func `of two that know of a host the stricter counts`() {
        let one = TokenBucket(tokens: 3, countedAt: 10)
        let joined = one.joined(with: TokenBucket(tokens: 1, countedAt: 20, pausedUntil: 70))
        #expect(joined == TokenBucket(tokens: 1, countedAt: 20, pausedUntil: 70))
        #expect(paused.joined(with: one).asked == paused.asked && paused.joined(with: one).countedAt == 10)
    }

    @Test func `the machine tells how long it runs, and which start that was`() throws {
        let (first, second) = (try #require(Uptime.now), try #require(Uptime.now))
        #expect(first.start == second.start && first.start.utf8.count == 36 && second.seconds >= first.seconds)
    }
}
