import Glibc
import Processes
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
            // The end counts when the process itself has exited.
            if case .end = supply, !takesLast { return .interrupted }
            return supply
        }
    }

    func readErrors(now: Int64) -> [String] {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        var texts: [String] = []
        // A replica that never stops writing must not keep the others waiting.
        for _ in 0..<8 {
            let count = read(child.errors, &buffer, buffer.count)
            if count == 0 { hasErrorsToRead = false }
            guard count > 0 else { break }
            texts += errors.add(buffer[..<count], now: now)
        }
        return texts
    }

    /// Notes a progress event, and returns how many bytes were moved since the one before.
    func readEvents(now: Int64) -> Int {
        var moved = 0
        for _ in 0..<64 {
            let line = events.next { buffer in
                let supply = supply(from: child.events, into: buffer)
                guard case .end = supply else { return supply }
                hasEventsToRead = false
                return .interrupted
            }
            guard let line else { return moved }
            guard case .text(let text) = line, let event = (try? JSON(parsing: text))?.object,
                let id = event["id"]?.string, let bytes = event["bytes"]?.integer
            else { continue }
            change(Key(id)) { flight in
                moved += flight.moved(to: bytes)
                (flight.bytes, flight.progressAt) = (bytes, now)
                flight.pace.note(bytes, at: now)
                flight.total = event["total"]?.integer ?? flight.total
            }
        }
        return moved
    }

    private func supply(from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> LineReader.Supply {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        if count > 0 { return .bytes(count) }
        return count == 0 ? .end : .interrupted
    }
}
