import Files
import Glibc
import Wire

/// One program of a plain pipe.
final class PipedProcess {
    let child: Child
    /// Whether more input may come from the program before it, or from us.
    var takesMore = true
    /// Whether it was told to stop.
    var isLeft = false
    let name: String
    /// What it has written to stderr for people.
    private var told: [String] = []
    private var inbox = Outbox()
    private var errors = ErrorText()
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var isOpen = true
    private var hasErrors = true
    private var hasEvents = true
    /// Whether the next program has room for its answers.
    private var hasWay = true

    private static let room = 262_144

    init(_ child: Child, name: String) { (self.child, self.name) = (child, name) }

    /// Whether its output has ended, and so has the process.
    var hasEnded: Bool { !isOpen && child.ending != nil }

    /// How it failed, if it did. A program whose reader left did nothing wrong.
    var failure: Failure? {
        let words = errors.reason(child.ending).map { ": \($0)" } ?? ""
        switch child.ending {
        case .exited(0), .signalled(SIGPIPE), nil: return nil
        case _ where isLeft: return nil
        case .exited(let status) where [ExitStatus.usage.rawValue, ExitStatus.configuration.rawValue].contains(status):
            return .config("stage_ended", "\(name) ended with status \(status)\(words)")
        case .exited(let status): return .transient("stage_ended", "\(name) ended with status \(status)\(words)")
        case .signalled(let signal): return .transient("stage_ended", "\(name) died of signal \(signal)\(words)")
        }
    }

    var polls: [pollfd] {
        [
            pollfd(fd: inbox.isEmpty ? -1 : child.input, events: Int16(POLLOUT), revents: 0),
            pollfd(fd: isOpen && hasWay ? child.output : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasErrors ? child.errors : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: hasEvents ? child.events : -1, events: Int16(POLLIN), revents: 0)
        ]
    }

    /// All that it wrote to stderr for people.
    func notes() -> [String] { told + errors.end(now: monotonicNanoseconds()) }

    func give(_ record: Record) {
        inbox.add(record)
    }

    /// Writes what the program takes, and handles everything but its answers.
    func attend() {
        write()
        let count = Glibc.read(child.errors, &buffer, buffer.count)
        if count > 0 { told += errors.add(buffer[..<count], now: monotonicNanoseconds()) }
        if count == 0 { hasErrors = false }
        if Glibc.read(child.events, &buffer, buffer.count) == 0 { hasEvents = false }
        child.reap()
    }

    /// Passes on what it wrote, as far as the next program has room.
    func pass(to next: PipedProcess) {
        hasWay = next.inbox.count < Self.room
        guard isOpen, hasWay else { return }
        let count = Glibc.read(child.output, &buffer, buffer.count)
        if count > 0 { next.inbox.add(buffer[..<count]) }
        if count == 0 { (isOpen, next.takesMore) = (false, false) }
        next.write()
    }

    func read(_ lines: inout LineReader, _ each: (LineReader.Line) -> Void) {
        guard isOpen else { return }
        while let line = lines.next(fill: { space in
            let count = Glibc.read(child.output, space.baseAddress, space.count)
            if count == 0 { isOpen = false }
            return count > 0 ? .bytes(count) : count == 0 ? .end : .interrupted
        }) { each(line) }
    }

    private func write() {
        if child.input >= 0 {
            switch inbox.flush(to: child.input) {
            case .drained, .closed: break
            case .full: return
            // It is as good as dead, which is noticed elsewhere.
            case .failed: inbox = Outbox()
            }
        }
        if !takesMore, inbox.isEmpty { child.closeInput() }
    }
}
