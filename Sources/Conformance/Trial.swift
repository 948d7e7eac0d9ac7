import Files
import Glibc
import Processes
import Wire

/// One run of the stage under test: what goes in, what comes out, and how it ends.
final class Trial {
    let child: Child
    private(set) var replies: [Reply] = []
    /// Whether it wrote more than is worth keeping; then nothing more is read.
    private(set) var isFlooding = false
    private(set) var errors = ErrorText()
    private let signals: Signals
    private var lines = LineReader()
    private var outbox = Outbox()
    private var closesInput = false
    private var bytesRead = 0
    private var outputEnded = false
    private var errorsEnded = false
    private var eventsEnded = false
    private var endedAt: Int64?

    private static let maximumBytes = 32 << 20
    private static let maximumNoise = 10_000
    /// How long output is read after the process has ended, since others may still hold it open.
    private static let afterglow: Int64 = 1_000_000_000

    init(_ executable: Executable, environment: [String: String], signals: Signals) throws(Failure) {
        child = try Child(executable, environment: environment)
        self.signals = signals
    }

    /// Whether the process has ended, and its output has been read.
    var isOver: Bool { endedAt.map { outputEnded || monotonicNanoseconds() - $0 > Self.afterglow } ?? false }

    /// Queues input, which is written as fast as the stage takes it.
    func give(_ text: [UInt8]) { outbox.add(text[...]) }

    /// Closes stdin once all input has been written.
    func closeInput() { closesInput = true }

    func stopReading() {
        child.closeOutput()
        outputEnded = true
    }

    /// Runs until `isDone`; returns false if nothing was answered for `seconds`, after `most` seconds, or if the stage
    /// has ended.
    @discardableResult
    func wait(
        _ seconds: Double, most: Double? = nil, until isDone: (Trial) -> Bool = { $0.isOver }
    ) throws(Failure) -> Bool {
        let start = monotonicNanoseconds()
        var (seen, since) = (replies.count, start)
        while true {
            try turn()
            if isDone(self) { return true }
            let now = monotonicNanoseconds()
            if replies.count > seen { (seen, since) = (replies.count, now) }
            let end = min(since + nanoseconds(seconds), start + nanoseconds(most ?? seconds))
            if isOver || isFlooding || now >= end { return false }
            sleep(until: endedAt == nil ? end : min(end, now + 50_000_000))
        }
    }

    /// Kills it and all of its group.
    func end() {
        child.send(SIGKILL)
        let end = monotonicNanoseconds() + 5_000_000_000
        while child.reap() == nil, monotonicNanoseconds() < end { usleep(500) }
    }

    /// Reads and writes what it can without waiting.
    private func turn() throws(Failure) {
        if signals.drain().contains(where: Signals.asksForTheEnd) { throw .stopped }
        if child.reap() != nil, endedAt == nil { endedAt = monotonicNanoseconds() }
        write()
        readReplies()
        drain(child.errors, &errorsEnded) { _ = errors.add($0, now: monotonicNanoseconds()) }
        drain(child.events, &eventsEnded) { _ in }
    }

    private func sleep(until end: Int64) {
        let writes = child.input >= 0 && !outbox.isEmpty
        var ready = [
            pollfd(fd: writes ? child.input : -1, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: outputEnded ? -1 : child.output, events: Int16(POLLIN), revents: 0),
            pollfd(fd: errorsEnded ? -1 : child.errors, events: Int16(POLLIN), revents: 0),
            pollfd(fd: eventsEnded ? -1 : child.events, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)
        ]
        poll(
            &ready, UInt(ready.count), Int32(max(0, min(end - monotonicNanoseconds(), 60_000_000_000)) / 1_000_000 + 1))
    }

    private func write() {
        if child.input >= 0, outbox.flush(to: child.input) == .closed { child.closeInput() }
        if closesInput, outbox.isEmpty { child.closeInput() }
    }

    private func readReplies() {
        while !isFlooding, let line = lines.next(fill: fill) {
            let reply = Reply(line, number: lines.number)
            replies.append(reply)
            if reply.isNoise, reply.number > Self.maximumNoise { isFlooding = true }
        }
    }

    /// The text after the last LF is a line only if the process exited by itself.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> LineReader.Supply {
        let count = outputEnded ? 0 : read(child.output, buffer.baseAddress, buffer.count)
        if count == 0 { outputEnded = true }
        if outputEnded || isOver, case .exited = child.ending { return .end }
        guard count > 0 else { return .interrupted }
        bytesRead += count
        isFlooding = bytesRead > Self.maximumBytes
        return isFlooding ? .interrupted : .bytes(count)
    }

    /// Reads some of the output that is not judged, so that the stage never blocks on it.
    private func drain(_ descriptor: Int32, _ ended: inout Bool, _ use: (ArraySlice<UInt8>) -> Void) {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        for _ in 0..<8 where !ended {
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { ended = true }
            guard count > 0 else { return }
            use(buffer[..<count])
        }
    }
}

private func nanoseconds(_ seconds: Double) -> Int64 { Int64(seconds * 1e9) }
