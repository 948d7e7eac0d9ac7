import Testing

@testable import DriverKit

@Suite struct ServiceTimeTests {
    @Test(arguments: [(50_000, 64), (1_000_000, 20), (19_000_000, 1), (30_000_000_000, 1), (0, 64)])
    func `a replica gets what it does in 20 ms`(nanoseconds: Int64, window: Int) {
        var time = ServiceTime()
        #expect(time.window == 1)
        for _ in 0..<200 { time.note(nanoseconds) }
        #expect(time.window == window)
    }

    @Test func `a stage that becomes slow soon has one record in hand, and so has one that died`() {
        var time = ServiceTime()
        for _ in 0..<200 { time.note(100_000) }
        #expect(time.window == 64)
        time.note(2_000_000_000)
        #expect(time.window == 1)
        for _ in 0..<400 { time.note(100_000) }
        #expect(time.window == 64)
        time.forget()
        #expect(time.window == 1)
    }
}
