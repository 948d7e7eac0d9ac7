import CPosix
import Glibc
import Wire

/// What a stage can send besides its answers (children, progress, notes), and how it learns that it should stop.
package final class Channels: Sendable {
    let name: String
    let outlet: StandardOutput
    let failures: FailureNotes
    private let events: ProgressEvents?
    private let stopDescriptor: Int32

    /// How long the current record may go on after the signal to stop, in nanoseconds.
    private static let grace: Int64 = 3_000_000_000

    init(name: String, outlet: StandardOutput, events: ProgressEvents?) {
        (self.name, self.outlet, self.events, failures) = (name, outlet, events, FailureNotes(name: name))
        stopDescriptor = posix_stop_on_signals()
    }

    /// Writes a line that is not the final one for the current record: a child.
    package func emit(_ record: Record) { outlet.write(record, stage: name) }

    /// Reports the progress of a record in bytes; the report is lost when nobody listens.
    package func progress(_ id: String, bytes: Int, total: Int?) { events?.progress(id, bytes: bytes, total: total) }

    /// The count of lines of kind `error` written so far: the stage's own, those of earlier stages, and refused lines.
    package var errorsWritten: Int { outlet.errors }

    /// Writes a line for people to stderr.
    package func note(_ text: String) { complain(name, text) }

    /// Tells people what failed, and whether it is permanent; the record's `error` is written separately.
    package func tell(_ failure: Failure, of what: String) { failures.tell(failure, of: what) }

    /// Tells people of several failures in one line.
    package func tell(_ text: String) { failures.tell(text) }

    /// Whether a signal asked the process to stop: no new record is begun.
    package var isStopping: Bool { posix_stopped_at() != 0 }

    /// Whether the current record must be dropped now, by throwing `Failure.stopped`.
    package var mustDrop: Bool { Self.isGraceOver }

    /// The same for code that has no channels.
    static var isGraceOver: Bool { posix_stopped_at() != 0 && monotonicNanoseconds() - posix_stopped_at() > grace }

    /// Waits for the seconds to pass.
    ///
    /// - Throws: `stopped` (`transient`) as soon as a signal asks the process to stop.
    package func wait(seconds: Double) throws(Failure) {
        let end = monotonicNanoseconds() + Int64(seconds * 1e9)
        while !isStopping, case let left = end - monotonicNanoseconds(), left > 0 {
            var stop = pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0)
            poll(&stop, 1, Int32(min(left / 1_000_000 + 1, 60_000)))
        }
        if isStopping { throw .stopped }
    }

    /// Reads what stdin has, waiting for it unless a signal comes first.
    func fill(_ buffer: UnsafeMutableRawBufferPointer) -> LineReader.Supply { fill(buffer, patience: -1) }

    /// Reads what stdin has now; interrupted when it has nothing.
    func fillAtOnce(_ buffer: UnsafeMutableRawBufferPointer) -> LineReader.Supply { fill(buffer, patience: 0) }

    /// `patience` is in milliseconds; a negative one has no end.
    private func fill(_ buffer: UnsafeMutableRawBufferPointer, patience: Int32) -> LineReader.Supply {
        while !isStopping {
            var ready = [
                pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
                pollfd(fd: stopDescriptor, events: Int16(POLLIN), revents: 0)
            ]
            if poll(&ready, 2, patience) == 0 { return .interrupted }
            if ready[0].revents == 0 { continue }
            let count = read(0, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno != EINTR && errno != EAGAIN {
                leave(name, "cannot read stdin: \(systemMessage())", .inputOutput)
            }
        }
        return .interrupted
    }
}

/// The system's text for the error of the last failed call, for a message.
package func systemMessage(_ code: Int32 = errno) -> String { String(cString: strerror(code)) }

/// Writes one line to stderr, prefixed with the program's name.
func complain(_ name: String, _ text: String) {
    writeToStandardError("\(name): \(text.replacing("\n", with: " ").harmless)\n")
}

/// Says why on stderr, and ends the process at once, whatever its other threads do.
func leave(_ name: String, _ text: String, _ status: ExitStatus) -> Never {
    complain(name, text)
    _exit(status.rawValue)
}
