import Testing

@testable import Web

@Suite struct SpeedLimitTests {
    @Test func `a piece is followed by the time that it should have taken`() {
        var limit = SpeedLimit(rate: 1000)
        #expect(limit.rest(after: 500, now: 10) == 0.5)
        #expect(limit.rest(after: 500, now: 10.5) == 0.5)
        #expect(limit.rest(after: 250, now: 10.75) == 0.5)
    }

    @Test func `time that the other side lost is not made up for`() {
        var limit = SpeedLimit(rate: 1000)
        #expect(limit.rest(after: 1000, now: 10) == 1)
        #expect(limit.rest(after: 1000, now: 100) == 1)
    }

    @Test(arguments: [(nil, 524_288), (1000, 1024), (100_000, 25_000), (1_000_000_000, 524_288)] as [(Int?, Int)])
    func `a low limit goes with a small buffer`(rate: Int?, bytes: Int) {
        #expect(SpeedLimit.bufferSize(rate: rate) == bytes)
    }
}
