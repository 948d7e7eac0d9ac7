import Ledger
import Testing
import Wire

@testable import DriverKit

@Suite struct BookingTests {
    private let millisecond: Int64 = 1_000_000

    private func answer(_ id: String) -> Booking.Answered {
        let record = Record(kind: "track", id: id)
        return (Job(item: 1, claim: 1, id: id, stage: 0, line: Array(record.line)), record, .returned)
    }

    @Test func `answers wait 10 ms for others while all stages have something to do`() {
        var booking = Booking()
        #expect(!booking.isReady(now: 0, isIdle: true) && booking.readyAt == nil)
        booking.add(answer("a:track:1"), now: 5 * millisecond)
        booking.add(answer("a:track:2"), now: 12 * millisecond)
        #expect(booking.readyAt == 15 * millisecond)
        #expect(!booking.isReady(now: 14 * millisecond, isIdle: false))
        #expect(booking.isReady(now: 15 * millisecond, isIdle: false))
        #expect(booking.isReady(now: 12 * millisecond, isIdle: true))
    }

    @Test func `256 answers wait for nothing`() {
        var booking = Booking()
        for number in 1...256 {
            #expect(!booking.isReady(now: millisecond, isIdle: false))
            booking.add(answer("a:track:\(number)"), now: millisecond)
        }
        #expect(booking.isReady(now: millisecond, isIdle: false))
    }

    @Test func `behind a commit 1024 answers or 4 MiB of them wait, and then no more are read`() throws {
        var booking = Booking()
        for number in 1...1024 {
            #expect(!booking.isFull)
            booking.add(answer("a:track:\(number)"), now: 0)
        }
        #expect(booking.isFull)
        booking.begin(requests: [], holds: 0)
        #expect(!booking.isFull)
        let long = String(repeating: "a", count: 1_000_000)
        for number in 1...5 {
            #expect(!booking.isFull)
            booking.add(answer("\(long):\(number)"), now: 0)
        }
        #expect(booking.isFull)
        let commit = booking.end()
        booking.takeBack(try #require(commit))
        #expect(booking.isFull && booking.answers.count == 1029)
    }

    @Test func `what the ledger did not take stands before what came meanwhile`() throws {
        var booking = Booking()
        booking.add(answer("a:track:1"), now: 0)
        booking.begin(requests: [], holds: 0)
        booking.add(answer("a:track:2"), now: 0)
        #expect(booking.isCommitting && booking.answers.map(\.job.id) == ["a:track:2"])
        let commit = booking.end()
        booking.takeBack(try #require(commit))
        #expect(!booking.isCommitting && booking.answers.map(\.job.id) == ["a:track:1", "a:track:2"])
    }
}
