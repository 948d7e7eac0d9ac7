import NIOCore
import Testing
import Wire

@testable import Server

@Suite struct HistoryTests {
    /// The texts in frames that are shorter than 126 bytes.
    private func texts(_ buffer: ByteBuffer?) -> [String] {
        var (buffer, texts) = (buffer ?? ByteBuffer(), [String]())
        while let head = buffer.readBytes(length: 2) {
            #expect(head[0] == 0x81)
            texts.append(buffer.readString(length: Int(head[1])) ?? "?")
        }
        return texts
    }

    private func all(_ history: History, from number: Int) -> [String] {
        var (found, next) = ([String](), number)
        while let part = history.frames(from: next) {
            found += texts(part.frames)
            next = part.next
        }
        return found
    }

    @Test func `who comes back gets what is behind`() {
        let frames = Frames()
        var history = History(last: 100, limit: 1 << 20)
        #expect(history.first == 101 && history.frames(from: 101) == nil)
        for batch in 0..<50 {
            history.append((0..<7).map { Array("event \(101 + batch * 7 + $0)".utf8) }, frames)
        }
        #expect(history.last == 450 && history.first == 101)
        for start in [101, 102, 107, 108, 300, 449, 450] {
            #expect(all(history, from: start) == (start...450).map { "event \($0)" })
        }
        #expect(history.frames(from: 451) == nil)
    }

    @Test func `the oldest goes when it is too much`() {
        let frames = Frames()
        var history = History(last: 0, limit: 10_000)
        for number in 1...5000 {
            history.append([Array("\(number) ".utf8) + [UInt8](repeating: 120, count: 100)], frames)
        }
        #expect(history.last == 5000 && (4890...4920).contains(history.first))
        #expect(all(history, from: history.first).count == 5000 - history.first + 1)
    }

    @Test func `a feed numbers events and keeps the newest progress`() {
        let feed = EventFeed(start: 7)
        var event = JSONObject()
        feed.put("paused", event)
        event["id"] = .string("a")
        feed.put("added", event)
        feed.put(progress: event, of: "a")
        event["bytes"] = .integer(3)
        feed.put(progress: event, of: "a")
        let taken = feed.drain()
        #expect(
            taken.events.map { String(decoding: $0, as: UTF8.self) } == [
                #"{"seq":8,"type":"paused"}"#, #"{"seq":9,"type":"added","id":"a"}"#
            ])
        #expect(taken.progress.count == 1 && taken.progress["a"]??["bytes"]?.integer == 3)
        #expect(feed.drain().events.isEmpty && feed.last == 9)
    }
}
