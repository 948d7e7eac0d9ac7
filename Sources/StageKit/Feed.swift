import Synchronization
import Wire

/// One input for several workers, each of which takes the next line when it has answered its own.
final class Feed: Sendable {
    private let lines = Mutex(LineReader())
    // Apart from the reader, which is locked for as long as it waits for input.
    private let order = Mutex(LineOrder())

    /// How many lines may wait for others before no more is read.
    private static let maximumWaiting = 256

    /// The next line with its number; nil at the end, or when the process must stop.
    func next(_ channels: Channels) -> (line: LineReader.Line, number: Int)? {
        while order.withLock({ $0.waiting.count >= Self.maximumWaiting }) {
            guard (try? channels.wait(seconds: 0.02)) != nil else { return nil }
        }
        return lines.withLock { lines in
            guard !channels.isStopping, let line = lines.next(fill: channels.fill) else { return nil }
            order.withLock { $0.read(lines.number) }
            return (line, lines.number)
        }
    }

    /// The line itself if it may be answered now; none if it has to wait for others.
    func admit(_ entry: LineOrder.Entry) -> [LineOrder.Entry] { order.withLock { $0.admit(entry) } ? [entry] : [] }

    /// Notes that a line was answered; whoever answered it goes on with those that waited for it.
    func answered(_ number: Int) -> [LineOrder.Entry] { order.withLock { $0.answered(number) } }

    /// Whether all that was read is answered.
    var isDrained: Bool { lines.withLock { !$0.holdsBytes } && order.withLock { $0.isEmpty } }
}
