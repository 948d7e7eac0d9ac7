import CPosix
import Glibc
import Wire

/// A running program that lines are written to and read from.
package final class Coprocess {
    /// Why there is no answer.
    package enum Silence: Error, Equatable {
        case late, ended, stopped
        /// The line is longer than the limit.
        case tooLong
        /// With the system's reason.
        case notStarted(String)

        /// What the program did, for a message.
        package var words: String {
            switch self {
            case .late: "does not answer"
            case .ended: "has ended"
            case .stopped: "was stopped"
            case .tooLong: "answered with a line that is too long"
            case .notStarted(let reason): "does not start: \(reason)"
            }
        }
    }

    /// What a program did unasked.
    package enum Stray { case wrote([UInt8]), ended }

    private let process: pid_t
    private var input: Int32
    private let output: Int32
    private let limit: Int
    private var received: [UInt8] = []
    /// How many of the bytes received are known to hold no LF.
    private var searched = 0
    private var wasReaped = false
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    /// Starts the command in a shell, with variables as `NAME=VALUE` or else our own; a line may have `limit` bytes.
    ///
    /// - Throws: ``Silence``.
    package init(_ command: String, environment: [String]? = nil, limit: Int) throws(Silence) {
        var (input, output): (Int32, Int32) = (-1, -1)
        process = Self.start(command, environment, &input, &output)
        (self.input, self.output, self.limit) = (input, output, limit)
        guard process > 0 else { throw .notStarted(systemMessage()) }
    }

    /// Kills what is left of the program.
    deinit {
        guard process > 0 else { return }
        closeInput()
        close(output)
        kill(-process, SIGKILL)
        if !wasReaped { waitpid(process, nil, 0) }
    }

    /// What it did since its last answer; nil as long as it waits.
    package var stray: Stray? {
        if !received.isEmpty { return .wrote(received) }
        guard isReady(output, POLLIN, milliseconds: 0) else { return nil }
        do throws(Silence) { try receive() } catch { return .ended }
        return received.isEmpty ? nil : .wrote(received)
    }

    /// Closes its input and gives it some seconds to end; whether it did.
    @discardableResult
    package func finish(seconds: Double = 1) -> Bool {
        closeInput()
        let end = monotonicNanoseconds() + Int64(seconds * 1e9)
        while waitpid(process, nil, WNOHANG) != process {
            guard monotonicNanoseconds() < end else { return false }
            poll(nil, 0, 5)
        }
        wasReaped = true
        return true
    }

    /// Writes a line and returns the answer.
    ///
    /// - Throws: ``Silence``.
    package func exchange(
        _ line: ArraySlice<UInt8>, seconds: Double, mustDrop: () -> Bool
    ) throws(Silence) -> [UInt8] {
        try write(line, seconds: seconds, mustDrop: mustDrop)
        return try readLine(seconds: seconds, mustDrop: mustDrop)
    }

    /// Writes a line, which it must begin to read within some seconds.
    ///
    /// - Throws: ``Silence``.
    package func write(_ line: ArraySlice<UInt8>, seconds: Double, mustDrop: () -> Bool) throws(Silence) {
        var rest = (line + [10])[...]
        while !rest.isEmpty {
            try wait(for: input, POLLOUT, until: monotonicNanoseconds() + Int64(seconds * 1e9), mustDrop)
            try send(&rest)
        }
    }

    /// The next line, without its LF, which must be complete within some seconds.
    ///
    /// - Throws: ``Silence``.
    package func readLine(seconds: Double, mustDrop: () -> Bool) throws(Silence) -> [UInt8] {
        let end = monotonicNanoseconds() + Int64(seconds * 1e9)
        while true {
            if let answer = takeLine() { return answer }
            guard received.count <= limit else { throw .tooLong }
            try wait(for: output, POLLIN, until: end, mustDrop)
            try receive()
        }
    }

    private static func start(
        _ command: String, _ environment: [String]?, _ input: inout Int32, _ output: inout Int32
    ) -> pid_t {
        guard let environment else { return posix_start_coprocess(command, nil, &input, &output) }
        let variables = environment.map { needed(strdup($0)) } + [nil]
        defer { for variable in variables { free(variable) } }
        return posix_start_coprocess(command, variables, &input, &output)
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
    ) throws(Silence) {
        while !isReady(descriptor, event, milliseconds: 100) {
            if mustDrop() { throw .stopped }
            guard monotonicNanoseconds() < end else { throw .late }
        }
    }

    private func send(_ rest: inout ArraySlice<UInt8>) throws(Silence) {
        let count = rest.withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count >= 0 else { throw .ended }
        rest = rest.dropFirst(count)
    }

    private func receive() throws(Silence) {
        let count = read(output, &buffer, buffer.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return }
        guard count > 0 else { throw .ended }
        received += buffer[..<count]
    }

    private func takeLine() -> [UInt8]? {
        guard let end = received[searched...].firstIndex(of: 10) else {
            searched = received.count
            return nil
        }
        defer { (received, searched) = (Array(received[(end + 1)...]), 0) }
        return Array(received[..<end])
    }
}
