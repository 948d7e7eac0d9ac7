import CPosix
import Glibc
import StageKit
import Wire

/// A running program that answers each line with one.
final class Coprocess {
    private let process: pid_t
    private var input: Int32
    private let output: Int32
    private var received: [UInt8] = []

    /// The most bytes of an answer.
    private static let limit = 65_536

    /// Starts the command in a shell.
    init(_ command: String) throws(Failure) {
        var input: Int32 = -1
        var output: Int32 = -1
        process = posix_start_coprocess(command, &input, &output)
        (self.input, self.output) = (input, output)
        guard process > 0 else { throw KeyCommand.refusal("does not start: \(systemMessage())") }
    }

    /// Kills what is left of the program.
    deinit {
        guard process > 0 else { return }
        closeInput()
        close(output)
        kill(-process, SIGKILL)
        waitpid(process, nil, 0)
    }

    /// Whether the program has ended, or written something unasked.
    var isOutOfStep: Bool { !received.isEmpty || isReady(output, POLLIN, milliseconds: 0) }

    /// Closes the program's input, and gives it a second to end.
    func finish() {
        closeInput()
        _ = isReady(output, POLLIN, milliseconds: 1000)
    }

    /// Writes a line and returns the answer.
    func exchange(_ line: [UInt8], seconds: Double, mustDrop: () -> Bool) throws(Failure) -> [UInt8] {
        let end = monotonicNanoseconds() + Int64(seconds * 1e9)
        var rest = (line + [10])[...]
        while !rest.isEmpty {
            try wait(for: input, POLLOUT, until: end, mustDrop)
            try send(&rest)
        }
        while true {
            if let answer = takeLine() { return answer }
            try wait(for: output, POLLIN, until: end, mustDrop)
            try receive()
        }
    }

    private func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    private func isReady(_ descriptor: Int32, _ event: Int32, milliseconds: Int32) -> Bool {
        var ready = pollfd(fd: descriptor, events: Int16(event), revents: 0)
        return poll(&ready, 1, milliseconds) > 0
    }

    /// Waits in short steps, so that a stop is noticed in between.
    private func wait(
        for descriptor: Int32, _ event: Int32, until end: Int64, _ mustDrop: () -> Bool
    ) throws(Failure) {
        while !isReady(descriptor, event, milliseconds: 100) {
            if mustDrop() { throw .stopped }
            guard monotonicNanoseconds() < end else { throw KeyCommand.refusal("does not answer") }
        }
    }

    private func send(_ rest: inout ArraySlice<UInt8>) throws(Failure) {
        let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count >= 0 else { throw KeyCommand.refusal("has ended") }
        rest = rest.dropFirst(count)
    }

    private func receive() throws(Failure) {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(output, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else { throw KeyCommand.refusal("has ended") }
        received += buffer[..<count]
        guard received.count <= Self.limit else { throw KeyCommand.refusal("answered with a line that is too long") }
    }

    private func takeLine() -> [UInt8]? {
        guard let end = received.firstIndex(of: 10) else { return nil }
        defer { received.removeFirst(end + 1) }
        return Array(received[..<end])
    }
}
