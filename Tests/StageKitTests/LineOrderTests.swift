import Testing
import Wire

@testable import StageKit

@Suite struct LineOrderTests {
    private func entry(_ number: Int, _ kind: String, id: String? = nil) -> LineOrder.Entry {
        let record = Record(kind: kind, id: id ?? "c:\(kind):\(number)")
        return LineOrder.Entry(record: record, number: number, passes: kind != "track")
    }

    /// An order that has read these lines, and which of them may be answered now.
    private func read(_ entries: [LineOrder.Entry]) -> (order: LineOrder, free: [Int]) {
        var order = LineOrder()
        for entry in entries { order.read(entry.number) }
        let free = entries.filter { order.admit($0) }
        return (order, free.map(\.number))
    }

    @Test func `tracks of different ids are worked on side by side`() {
        let (order, free) = read([entry(1, "track"), entry(2, "track"), entry(3, "track")])
        #expect(free == [1, 2, 3] && !order.isEmpty)
    }

    @Test func `a second line of an id waits for the first, and a third for the second`() {
        var (order, free) = read((1...3).map { entry($0, "track", id: "c:track:7") })
        #expect(free == [1])
        #expect(order.answered(1).map(\.number) == [2])
        #expect(order.answered(2).map(\.number) == [3])
        #expect(order.answered(3).isEmpty && order.isEmpty)
    }

    @Test(arguments: ["done", "x-mark", "request"])
    func `what stands for no track waits until all before it is answered`(kind: String) {
        var (order, free) = read([entry(1, "track"), entry(2, "track"), entry(3, kind), entry(4, "track")])
        #expect(free == [1, 2, 4])
        #expect(order.answered(4).isEmpty && order.answered(1).isEmpty)
        #expect(order.answered(2).map(\.number) == [3])
        #expect(order.answered(3).isEmpty && order.isEmpty)
    }

    @Test(arguments: ["skip", "error"]) func `what stands for a track passes at once`(kind: String) {
        let (_, free) = read([entry(1, "track"), entry(2, kind)])
        #expect(free == [1, 2])
    }

    @Test func `ends of collections keep their order`() {
        var (order, free) = read([entry(1, "track"), entry(2, "done"), entry(3, "done"), entry(4, "done")])
        #expect(free == [1])
        #expect(order.answered(1).map(\.number) == [2])
        #expect(order.answered(2).map(\.number) == [3])
        #expect(order.answered(3).map(\.number) == [4])
    }

    @Test func `a line that was read and is not looked at yet holds back the end of its collection`() {
        var order = LineOrder()
        order.read(1)
        order.read(2)
        let done = entry(2, "done")
        #expect(!order.admit(done))
        // It was blank, say.
        #expect(order.answered(1).map(\.number) == [2])
    }

    @Test func `ids are told apart by their bytes`() {
        let (_, free) = read([entry(1, "track", id: "\u{e9}"), entry(2, "track", id: "e\u{301}")])
        #expect(free == [1, 2])
    }
}
