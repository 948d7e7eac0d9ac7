import CPosix
import Glibc
import Synchronization
import Wire

/// The real stdout, moved out of reach of libraries that print: every line leaves at once, in one write, and no two
/// threads write at a time.
final class StandardOutput: Sendable {
    private let name: String
    private let descriptor: Int32
    private let state = Mutex(State())

    private struct State {
        var line: [UInt8] = []
        var errors = 0
    }

    /// Lines of kind `error` that were written, by this stage or an earlier one.
    var errors: Int { state.withLock { $0.errors } }

    /// Moves stdout away and points descriptor 1 at stderr.
    init(name: String) {
        self.name = name
        if posix_hold_standard_descriptors() != 0 {
            leave(name, "cannot open /dev/null: \(systemMessage())", .inputOutput)
        }
        descriptor = fcntl(1, F_DUPFD_CLOEXEC, 10)
        if descriptor < 0 || dup2(2, 1) < 0 { leave(name, "cannot set stdout aside: \(systemMessage())", .inputOutput) }
    }

    /// Writes one line; a line that would be too long for a reader is replaced by an error.
    func write(_ record: Record, stage: String) {
        state.withLock { state in
            state.line.removeAll(keepingCapacity: true)
            record.append(to: &state.line)
            let isTooLong = state.line.count >= Record.maximumLineBytes
            if isTooLong {
                state.line.removeAll()
                let failure = Failure.permanent(
                    "line_too_long", "the answer is longer than \(Record.maximumLineBytes) bytes")
                Record.error(failure, stage: stage, record: record).append(to: &state.line)
            }
            if isTooLong || record.kind == "error" { state.errors += 1 }
            state.line.append(UInt8(ascii: "\n"))
            write(state.line)
        }
    }

    /// Closes stdout, and notices an error that the system reports only now.
    func close() {
        if Glibc.close(descriptor) != 0 { leave(name, "cannot close stdout: \(systemMessage())", .inputOutput) }
    }

    private func write(_ line: [UInt8]) {
        var written = 0
        while written < line.count {
            let count = line.withUnsafeBytes { bytes in
                Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
            }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR, EAGAIN: waitForRoom()
            // Not `exit`: it would pull libraries away from under other threads.
            case EPIPE: _exit(ExitStatus.ok.rawValue)
            default: leave(name, "cannot write to stdout: \(systemMessage())", .inputOutput)
            }
        }
    }

    /// Waits where someone else made stdout non-blocking, and gives up on a reader that takes nothing while the process
    /// must stop.
    private func waitForRoom() {
        if Channels.isGraceOver { leave(name, "stopped while nobody took what there was to write", .later) }
        var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&ready, 1, -1)
    }

    /// Prints a profile and ends the process.
    static func describe(_ profile: Profile, _ details: JSONObject?) -> Never {
        writeLineToStandardOutput(Array(profile.json(details).text), of: profile.name)
        exit(ExitStatus.ok.rawValue)
    }
}
