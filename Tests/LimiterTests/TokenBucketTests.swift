import Testing

@testable import Limiter

@Suite struct TokenBucketTests {
    /// A bucket with a rate for everyone, just emptied.
    private func emptied(rate: Double, burst: Double? = nil, now: Double) -> TokenBucket {
        TokenBucket(rate: rate, burst: burst, tokens: 0, countedAt: now)
    }

    @Test func `a new bucket gives the requests of one second at once, then at its rate`() {
        var bucket = TokenBucket(rate: 4)
        for _ in 0..<4 { #expect(bucket.take(ownRate: nil, now: 1000) == 0) }
        #expect(bucket.take(ownRate: nil, now: 1000) == 0.25)
        #expect(bucket.take(ownRate: nil, now: 1000.125) == 0.125)
        #expect(bucket.take(ownRate: nil, now: 1000.25) == 0)
        #expect(bucket.take(ownRate: nil, now: 1000.25) == 0.25)
    }

    @Test func `a rest fills it up to its burst and no further`() {
        var bucket = emptied(rate: 2, burst: 3, now: 1000)
        let waits = (0..<4).map { _ in bucket.take(ownRate: nil, now: 5000) }
        #expect(waits == [0, 0, 0, 0.5])
    }

    @Test func `less than one request a second is possible`() {
        var bucket = TokenBucket(rate: 0.1)
        #expect(bucket.take(ownRate: nil, now: 1000) == 0)
        #expect(bucket.take(ownRate: nil, now: 1000) == 10)
        #expect(bucket.take(ownRate: nil, now: 1010) == 0)
    }

    @Test func `without any rate nothing is counted`() {
        var bucket = TokenBucket()
        for _ in 0..<100 { #expect(bucket.take(ownRate: nil, now: 1000) == 0) }
        #expect(bucket == TokenBucket())
    }

    @Test func `an asker's own rate holds where none is set for everyone, and leaves others unlimited`() {
        var bucket = TokenBucket()
        #expect(bucket.take(ownRate: 2, now: 1000) == 0)
        #expect(bucket.take(ownRate: 2, now: 1000) == 0)
        #expect(bucket.take(ownRate: 2, now: 1000) == 0.5)
        #expect(bucket.take(ownRate: nil, now: 1000) == 0)
        #expect(bucket.rate == nil)
    }

    @Test func `a rate for everyone goes before an asker's own`() {
        var bucket = TokenBucket(rate: 1)
        #expect(bucket.take(ownRate: 100, now: 1000) == 0)
        #expect(bucket.take(ownRate: 100, now: 1000) == 1)
    }

    @Test func `two askers with rates of their own gain nothing by taking turns`() {
        var bucket = TokenBucket()
        let taken = (0..<100).count { bucket.take(ownRate: $0.isMultiple(of: 2) ? 8 : 2, now: 1000) == 0 }
        #expect(taken <= 8)
    }

    @Test func `a clock that was set back does not freeze it`() {
        var bucket = emptied(rate: 1, now: 9000)
        #expect(bucket.take(ownRate: nil, now: 1000) == 1)
        #expect(bucket.take(ownRate: nil, now: 1001) == 0)
    }

    @Test func `a pause holds even without a rate, and a shorter one does not end it`() {
        var bucket = TokenBucket()
        bucket.pause(seconds: 30, now: 1000)
        bucket.pause(seconds: 5, now: 1001)
        #expect(bucket.take(ownRate: nil, now: 1010) == 20)
        #expect(bucket.take(ownRate: nil, now: 1030) == 0)
    }

    @Test func `a pause beyond a week is a clock gone wrong`() {
        var bucket = TokenBucket(pausedUntil: 1e12)
        #expect(bucket.take(ownRate: nil, now: 1000) == 0)
        bucket.pause(seconds: 5, now: 1000)
        #expect(bucket.take(ownRate: nil, now: 1000) == 5)
    }

    @Test func `its state comes back from its text`() {
        let bucket = TokenBucket(
            rate: 8, burst: 16, tokens: 7.5, countedAt: 1_700_000_000.25, pausedUntil: 1_700_000_060)
        let text = #"{"rate":8,"burst":16,"tokens":7.5,"at":1700000000.25,"paused_until":1700000060}"#
        #expect(String(decoding: bucket.text, as: UTF8.self) == text + "\n")
        #expect(TokenBucket(text: bucket.text) == bucket)
        #expect(TokenBucket(text: TokenBucket().text) == TokenBucket())
    }

    @Test(arguments: ["", "nonsense", "[]", "null", #"{"tokens":"#, #"{"rate":"8","tokens":null}"#, "{\"rate\":1e999}"])
    func `what holds no state counts as new`(text: String) {
        #expect(TokenBucket(text: Array(text.utf8)) == TokenBucket())
    }

    @Test func `a driver may set no more than a rate`() {
        #expect(TokenBucket(text: Array(#"{"rate":8}"#.utf8)) == TokenBucket(rate: 8))
    }
}
