import Glibc
import Synchronization
import Wire

/// What several connections receive of a file's rest, held in memory until it is its turn to be written.
///
/// So the file on the disk never has a gap, and is resumed and hashed as if one connection had brought it. What a crash
/// loses is at most 4 MiB for each connection.
final class ReadAhead: Sendable {
    private let state: Mutex<State>

    /// The rest from byte `first` to before byte `total`.
    init(from first: Int, to total: Int, connections: Int) {
        state = Mutex(State(total: total, connections: connections, written: first, begun: first))
    }

    /// Whether nothing more is wanted.
    var isOver: Bool { state.withLock(\.isOver) }

    /// The bytes that a connection should ask for next; waits while enough is ahead, and returns nil when nothing is left
    /// to ask for.
    func claim() -> Range<Int>? { wait { $0.claim() } }

    /// Takes the next bytes of a part that was claimed; false if they are too many, or nothing more is wanted.
    func put(_ bytes: UnsafeRawBufferPointer, of part: Range<Int>) -> Bool {
        state.withLock { $0.put(bytes, of: part) }
    }

    /// Leaves the rest of a part to the other connections; nil for a connection that never was.
    ///
    /// The failure of the last connection is that of the file. A wrong range ends all of them without one.
    func lose(_ part: Range<Int>?, _ failure: Failure? = nil) { state.withLock { $0.lose(part, failure) } }

    /// The bytes that follow those returned before, when there are some; nil when all were returned, or the rest is left to
    /// one connection.
    ///
    /// - Throws: the failure of the last connection, after what all of them received without a gap.
    func next() throws(Failure) -> [UInt8]? {
        if let bytes = wait({ $0.next() }) { return bytes }
        if let failure = state.withLock(\.failure) { throw failure }
        return nil
    }

    /// Ends all connections.
    func end() { state.withLock { $0.isOver = true } }

    private func wait<Value: Sendable>(_ turn: (inout State) -> Turn<Value>) -> Value? {
        while true {
            switch state.withLock({ turn(&$0) }) {
            case .now(let value): return value
            case .later: poll(nil, 0, 5)
            case .never: return nil
            }
        }
    }

    fileprivate enum Turn<Value: Sendable>: Sendable { case now(Value), later, never }

    /// A part of the file that was claimed and is not completely written.
    fileprivate struct Part: Sendable {
        /// The first byte that was not handed out.
        var start: Int
        let end: Int
        /// Received, and not handed out.
        var bytes: [UInt8] = []
        var isClaimed = true

        var missing: Range<Int> { start + bytes.count..<end }
    }

    fileprivate struct State: Sendable {
        let total: Int
        var connections: Int
        /// Up to where bytes were handed out, and parts were claimed.
        var written: Int
        var begun: Int
        /// In the order of the file.
        var parts: [Part] = []
        var isOver = false
        var failure: Failure?

        /// The bytes of one request, and those that may be ahead for each connection: two requests, so that a slow one does
        /// not hold up the others at once.
        private static let (longest, shortest, ahead) = (2 << 20, 128 << 10, 4 << 20)
    }
}

extension ReadAhead.State {
    fileprivate mutating func claim() -> ReadAhead.Turn<Range<Int>> {
        guard !isOver else { return .never }
        if let index = parts.firstIndex(where: { !$0.isClaimed && !$0.missing.isEmpty }) {
            parts[index].isClaimed = true
            return .now(parts[index].missing)
        }
        guard begun < total else { return parts.allSatisfy(\.missing.isEmpty) ? .never : .later }
        guard begun < written + connections * Self.ahead else { return .later }
        // Shorter ones at the end, so that all connections end at about the same time.
        let length = min(Self.longest, max(Self.shortest, (total - begun) / connections))
        let part = ReadAhead.Part(start: begun, end: min(total, begun + length))
        begun = part.end
        parts.append(part)
        return .now(part.missing)
    }

    fileprivate mutating func put(_ bytes: UnsafeRawBufferPointer, of part: Range<Int>) -> Bool {
        guard !isOver, let index = index(of: part), bytes.count <= parts[index].missing.count else { return false }
        parts[index].bytes += bytes
        return true
    }

    fileprivate mutating func lose(_ part: Range<Int>?, _ failure: Failure?) {
        guard !isOver else { return }
        if let part, let index = index(of: part) { parts[index].isClaimed = false }
        connections -= 1
        isOver = connections == 0 || failure?.isOfRange == true
        if failure?.isOfRange != true, isOver { self.failure = failure }
    }

    fileprivate mutating func next() -> ReadAhead.Turn<[UInt8]> {
        guard let bytes = parts.first?.bytes, !bytes.isEmpty else {
            return isOver || written == total ? .never : .later
        }
        written += bytes.count
        (parts[0].start, parts[0].bytes) = (written, [])
        if written == parts[0].end { parts.removeFirst() }
        return .now(bytes)
    }

    /// A part is known by its end: its start moves.
    private func index(of part: Range<Int>) -> Int? { parts.firstIndex { $0.end == part.upperBound } }
}
