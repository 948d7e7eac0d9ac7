import Glibc
import Processes
import StageKit
import Wire

/// Runs another program once, with some text as its input.
struct Errand {
    let channels: Channels

    /// How long it may take, in nanoseconds.
    private static let patience: Int64 = 45_000_000_000

    /// Runs it, and returns how it ended and the line of its stderr that best says why.
    ///
    /// - Throws: `no_program` (`config`), `no_process` or `timeout` (`transient`), and `stopped`.
    func run(_ command: [String], input: String) throws(Failure) -> (ending: Child.Ending, reason: String?) {
        let child = try Child(try Executable(command), environment: Environment.forStages(hosts: ""))
        let end = monotonicNanoseconds() + Self.patience
        var (outbox, errors) = (Outbox(), ErrorText())
        outbox.add(Array(input.utf8)[...])
        defer { child.send(SIGKILL) }
        while true {
            let ending = child.reap()
            if outbox.flush(to: child.input) != .full { child.closeInput() }
            read(child, into: &errors)
            if let ending { return (ending, errors.reason(ending)) }
            if channels.mustDrop { throw .stopped }
            if monotonicNanoseconds() > end { throw .transient("timeout", "\(command[0]) does not end") }
            var polls = [
                pollfd(fd: child.errors, events: Int16(POLLIN), revents: 0),
                pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
            ]
            // It may close both, and go on.
            if poll(&polls, 2, 20) > 0 { poll(nil, 0, 5) }
        }
    }

    private func read(_ child: Child, into errors: inout ErrorText) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while case let count = Glibc.read(child.errors, &buffer, buffer.count), count > 0 {
            _ = errors.add(buffer[..<count], now: 0)
        }
        while Glibc.read(child.output, &buffer, buffer.count) > 0 {}
    }
}
