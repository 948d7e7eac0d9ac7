import Glibc
import Testing

@testable import DriverKit

@Suite struct StoppingTests {
    private static let second: Int64 = 1_000_000_000

    @Test func `nobody is told anything before somebody asks`() {
        var stopping = Stopping()
        #expect(!stopping.isAsked && stopping.signal(now: .max - Stopping.patience) == nil)
    }

    @Test func `after the grace replicas are asked once, and five seconds later they are ended`() {
        var stopping = Stopping()
        #expect(stopping.ask(now: 0, grace: 10) == 1 && stopping.isAsked && !stopping.isUrgent)
        #expect(stopping.signal(now: 10 * Self.second) == nil)
        #expect(stopping.signal(now: 11 * Self.second) == SIGTERM)
        #expect(stopping.signal(now: 12 * Self.second) == nil)
        #expect(stopping.signal(now: 16 * Self.second) == SIGKILL)
    }

    @Test func `being asked again hurries, and gives no more time`() {
        var stopping = Stopping()
        _ = stopping.ask(now: 0, grace: 10)
        #expect(stopping.ask(now: 9 * Self.second, grace: 10) == 2 && stopping.isUrgent)
        #expect(stopping.signal(now: 11 * Self.second) == SIGTERM)
    }
}
