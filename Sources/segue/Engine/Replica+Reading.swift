import Glibc
import Wire

extension Replica {
    /// What to wait for: room to write, then answers, errors and events to read.
    func polls(listens: Bool) -> [pollfd] {
        [
            pollfd(fd: wantsToWrite ? child.input : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: hasAnswersToRead && listens ? child.output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasErrorsToRead ? child.errors : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasEventsToRead ? child.events : -1, events: Int16(POLLIN), revents: 0)
        ]
    }

    /// The next line of its stdout that is there now.
    func nextAnswer() -> LineReader.Line? {
        lines.next { buffer in
            let supply = supply(from: child.output, into: buffer)
            if case .end = supply { hasAnswersToRead = false }
            // The end is looked at when it has been told by the process itself.
            if case .end = supply, !takesLast { return .interrupted }
            return supply
        }
    }

    func readErrors(now: Int64) -> [String] {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        var texts: [String] = []
        // A replica that writes without end must not keep the others waiting.
        for _ in 0..<8 {
            let count = read(child.errors, &buffer, buffer.count)
            if count == 0 { hasErrorsToRead = false }
            guard count > 0 else { break }
            texts += errors.take(buffer[..<count], now: now)
        }
        return texts
    }

    func readEvents(now: Int64) {
        for _ in 0..<64 {
            let line = events.next { buffer in
                let supply = supply(from: child.events, into: buffer)
                guard case .end = supply else { return supply }
                hasEventsToRead = false
                return .interrupted
            }
            guard let line else { return }
            guard case .text(let text) = line, let event = (try? JSON(parsing: text))?.object,
                let id = event["id"]?.string, let bytes = event["bytes"]?.integer
            else { continue }
            change(Key(id)) { ($0.bytes, $0.total, $0.progressAt) = (bytes, event["total"]?.integer ?? $0.total, now) }
        }
    }

    private func supply(from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> LineReader.Supply {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        return count == 0 ? .end : .interrupted
    }
}
