import Testing
import Wire

@testable import StageKit

@Suite struct LineOrderTests {
    private func entry(_ number: Int, _ kind: String, id: String? = nil) -> LineOrder.Entry {
        let record = Record(kind: kind, id: id ?? "c:\(kind):\(number)")
        return LineOrder.Entry(record: record, number: number, passes: kind != "track")
    }

    /// Which of these lines may be answered when all are read, and which more after each that is answered.
    private func freed(_ entries: [LineOrder.Entry], answering numbers: [Int] = []) -> [[Int]] {
        var order = LineOrder()
        for entry in entries { order.read(entry.number) }
        let first = entries.filter { order.admit($0) }.map(\.number)
        return [first] + numbers.map { number in order.answered(number).map(\.number) }
    }

    @Test func `tracks of different ids are worked on side by side`() {
        #expect(freed([entry(1, "track"), entry(2, "track"), entry(3, "track")]) == [[1, 2, 3]])
    }

    @Test func `a second line of an id waits for the first, and a third for the second`() {
        let entries = (1...3).map { entry($0, "track", id: "c:track:7") }
        #expect(freed(entries, answering: [1, 2, 3]) == [[1], [2], [3], []])
    }

    @Test(arguments: ["done", "x-mark", "request"])
    func `what stands for no track waits until all before it is answered`(kind: String) {
        let entries = [entry(1, "track"), entry(2, "track"), entry(3, kind), entry(4, "track")]
        #expect(freed(entries, answering: [4, 1, 2, 3]) == [[1, 2, 4], [], [], [3], []])
    }

    @Test(arguments: ["skip", "error"]) func `what stands for a track passes at once`(kind: String) {
        #expect(freed([entry(1, "track"), entry(2, kind)]) == [[1, 2]])
    }

    @Test func `ends of collections keep their order`() {
        let entries = [entry(1, "track"), entry(2, "done"), entry(3, "done"), entry(4, "done")]
        #expect(freed(entries, answering: [1, 2, 3]) == [[1], [2], [3], [4]])
    }

    @Test func `a line that was read and is not looked at yet holds back the end of its collection`() {
        var order = LineOrder()
        order.read(1)
        order.read(2)
        let isFree = order.admit(entry(2, "done"))
        // It was blank, say.
        let due = order.answered(1).map(\.number)
        #expect(!isFree && due == [2] && !order.isEmpty)
        _ = order.answered(2)
        #expect(order.isEmpty)
    }

    @Test func `ids are told apart by their bytes`() {
        #expect(freed([entry(1, "track", id: "\u{e9}"), entry(2, "track", id: "e\u{301}")]) == [[1, 2]])
    }
}
