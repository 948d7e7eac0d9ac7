import Testing

@testable import Display

@Suite struct AskedPausesTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `a pause is told of once, and counts what waits for it until it is over`() {
        var pauses = AskedPauses()
        let told = (0..<40).map { pauses.note("a.example", seconds: 30, isKnown: $0 > 0, now: Int64($0)) }
        #expect(told == [true] + Array(repeating: false, count: 39))
        #expect(pauses.takeOver(now: 29 * Self.second).isEmpty)
        let over = pauses.takeOver(now: 30 * Self.second)
        #expect(over.map(\.host) == ["a.example"] && over.map(\.count) == [40])
        #expect(pauses.takeOver().isEmpty)
    }

    @Test func `each host has its own, and what a host asks for anew is a new one`() {
        var pauses = AskedPauses()
        let first = ["a.example", "b.example"].map { pauses.note($0, seconds: 5, isKnown: false, now: 0) }
        #expect(first == [true, true])
        #expect(pauses.takeOver(now: 5 * Self.second).count == 2)
        let again = pauses.note("a.example", seconds: 5, isKnown: false, now: 6 * Self.second)
        #expect(again && pauses.takeOver().map(\.count) == [1])
    }

    @Test func `what was on its way when a host asked makes its pause longer, and no second one`() {
        var pauses = AskedPauses()
        let told = [0, 2].map { pauses.note("a.example", seconds: 5, isKnown: false, now: $0 * Self.second) }
        #expect(told == [true, false] && pauses.takeOver(now: 6 * Self.second).isEmpty)
        #expect(pauses.takeOver(now: 7 * Self.second).map(\.count) == [2])
    }
}
