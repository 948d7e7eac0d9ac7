import Testing

@testable import Limiter

@Suite struct TokenBucketTests {
    private func emptied(now: Double) -> TokenBucket { TokenBucket(tokens: 0, countedAt: now) }

    @Test func `a new bucket gives the requests of one second at once, then at its rate`() {
        var bucket = TokenBucket()
        for _ in 0..<4 { #expect(bucket.take(rate: 4, now: 1000) == 0) }
        #expect(bucket.take(rate: 4, now: 1000) == 0.25)
        #expect(bucket.take(rate: 4, now: 1000.125) == 0.125)
        #expect(bucket.take(rate: 4, now: 1000.25) == 0)
        #expect(bucket.take(rate: 4, now: 1000.25) == 0.25)
    }

    @Test func `a rest fills it up to the requests of one second and no further`() {
        var bucket = emptied(now: 1000)
        let waits = (0..<3).map { _ in bucket.take(rate: 2, now: 5000) }
        #expect(waits == [0, 0, 0.5])
    }

    @Test func `less than one request a second is possible`() {
        var bucket = TokenBucket()
        #expect(bucket.take(rate: 0.125, now: 1000) == 0)
        #expect(bucket.take(rate: 0.125, now: 1000) == 8)
        #expect(bucket.take(rate: 0.125, now: 1008) == 0)
    }

    @Test(arguments: [nil, 0, -1])
    func `without any rate nothing is counted`(rate: Double?) {
        var bucket = TokenBucket()
        for _ in 0..<100 { #expect(bucket.take(rate: rate, now: 1000) == 0) }
        #expect(bucket == TokenBucket())
    }

    @Test func `two askers with rates of their own gain nothing by taking turns`() {
        var bucket = TokenBucket()
        let taken = (0..<100).count { bucket.take(rate: $0.isMultiple(of: 2) ? 8 : 2, now: 1000) == 0 }
        #expect(taken <= 8)
    }

    @Test func `a clock that was set back does not freeze it`() {
        var bucket = emptied(now: 9000)
        #expect(bucket.take(rate: 1, now: 1000) == 1)
        #expect(bucket.take(rate: 1, now: 1001) == 0)
    }

    @Test(arguments: [
        #"{"tokens":-1e300,"at":0}"#, #"{"tokens":1e300,"at":1e300}"#,
        #"{"paused_until":1e300,"paused_at":0,"pause_s":1e300}"#,
        #"{"paused_until":1e300,"paused_at":0,"pause_s":1e300,"boot":"b","paused_until_boot":-1e300}"#
    ])
    func `whatever another program writes of a host, nobody waits longer for it than a week`(text: String) {
        var bucket = TokenBucket(text: Array(text.utf8))
        let wait = bucket.take(rate: 0.5, now: 1000, uptime: Uptime(start: "b", seconds: 5))
        #expect((0...TokenBucket.longestPause).contains(wait))
    }

    @Test func `a pause holds even without a rate, and a shorter one does not end it`() {
        var bucket = TokenBucket()
        bucket.pause(seconds: 30, now: 1000)
        bucket.pause(seconds: 5, now: 1001)
        #expect(bucket.pauseLeft(now: 1010) == 20)
        #expect(bucket.take(rate: nil, now: 1010) == 20)
        #expect(bucket.pauseLeft(now: 1030) == 0)
        #expect(bucket.take(rate: nil, now: 1031) == 0)
    }

    @Test func `a pause beyond a week is a clock gone wrong`() {
        var bucket = TokenBucket(pausedUntil: 1e12)
        #expect(bucket.take(rate: nil, now: 1000) == 0)
        bucket.pause(seconds: 5, now: 1000)
        #expect(bucket.take(rate: nil, now: 1000) == 5)
    }

    @Test func `its state comes back from its text`() {
        let bucket = TokenBucket(tokens: 7.5, countedAt: 1_700_000_000.25, pausedUntil: 1_700_000_060)
        let text = #"{"host":"a.example:80","tokens":7.5,"at":1700000000.25,"paused_until":1700000060}"#
        #expect(String(decoding: bucket.text(host: "A.example:80"), as: UTF8.self) == text + "\n")
        #expect(TokenBucket(text: bucket.text(host: "a")) == bucket)
        #expect(TokenBucket(text: TokenBucket().text(host: "a")) == TokenBucket())
        #expect(TokenBucket.host(in: Array(text.utf8)) == "a.example:80")
    }

    @Test func `however long a host's name is, its state fits its file`() {
        let text = TokenBucket(tokens: 1).text(host: String(repeating: "\u{1}", count: 100_000))
        #expect(text.count < 4096)
        #expect(TokenBucket(text: text).tokens == 1)
    }

    @Test(arguments: [
        "", "nonsense", "[]", "null", #"{"tokens":"#, #"{"at":"8","tokens":null}"#, "{\"tokens\":1e999}"
    ])
    func `what holds no state counts as new`(text: String) {
        #expect(TokenBucket(text: Array(text.utf8)) == TokenBucket())
        #expect(TokenBucket.host(in: Array(text.utf8)) == nil)
    }
}
