import Ledger
import Testing
import Wire

@testable import Display
@testable import DriverKit

@Suite struct BusyRowsTests {
    private static let millisecond: Int64 = 1_000_000

    private func replica(_ number: Int, stage: Int = 0, _ sinces: [Int64]) throws -> Glance.Busy {
        let flights = try sinces.enumerated().map { index, since in
            let line = Array(#"{"v":1,"id":"c:track:\#(index)","kind":"track","track":{"title":"\#(since)"}}"#.utf8)
            let job = Job(item: Int64(index), claim: 1, id: "c:track:\(index)", stage: stage, line: line)
            return InFlight(job: job, record: try Record(line: line), since: since)
        }
        return Glance.Busy(stage: stage, name: "stage\(stage)", replica: number, flights: flights)
    }

    @Test func `a replica gets a line for what it has longest, once it has that for a while`() throws {
        var rows = BusyRows()
        let busy = try replica(1, [7, 3, 5])
        #expect(rows.look(at: [busy], now: 100 * Self.millisecond).isEmpty)
        let shown = rows.look(at: [busy], now: 151 * Self.millisecond)
        #expect(shown.count == 1 && shown.first?.title == "3" && shown.first?.others == 2)
        #expect(shown.first?.stage == "stage0" && shown.first?.replica == 1 && shown.first?.bytes == nil)
    }

    @Test func `a line stays a second longer than the work, in its place`() throws {
        var rows = BusyRows()
        let (first, second) = (try replica(1, [0]), try replica(2, [0]))
        let start = 200 * Self.millisecond
        #expect(rows.look(at: [second, first], now: start).map(\.replica) == [1, 2])
        #expect(rows.look(at: [second], now: start + 999 * Self.millisecond).map(\.replica) == [1, 2])
        #expect(rows.look(at: [second], now: start + 1000 * Self.millisecond).map(\.replica) == [2])
    }

    @Test func `lines stand in the order of the stages`() throws {
        var rows = BusyRows()
        let busy = [try replica(1, stage: 1, [0]), try replica(2, stage: 0, [0])]
        #expect(rows.look(at: busy, now: 200 * Self.millisecond).map(\.stage) == ["stage0", "stage1"])
    }
}
