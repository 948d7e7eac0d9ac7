import Glibc
import Ledger
import PipelineFiles
import Wire

/// Books the outcomes of shards in a ledger, a thousand in one transaction.
package final class OutcomeMerge {
    /// How many lines there were, by what came of them.
    package private(set) var counts: [Change.Merged: Int] = [:]
    /// How many lines are no outcomes.
    package private(set) var refused = 0
    private let ledger: Ledger
    private let route: Route
    private let booking: Int
    /// Whether a finished record has a file in the library.
    private let isPlaced: Bool
    private var waiting: [Record] = []

    private static let batch = 1000
    private static let mostTold = 5

    /// - Throws: `bad_pipeline` (`config`) if no stage comes before the one that writes into the catalogue.
    package init(_ found: [FoundStage], _ route: Route, _ ledger: Ledger) throws(Failure) {
        (self.ledger, self.route, booking) = (ledger, route, found.booking)
        isPlaced = try found.beforeBooking.contains { $0.writes.contains("placed") }
    }

    /// Books the lines of a file, or of stdin for `-`; `tell` hears of the first lines that are no outcomes of items.
    ///
    /// - Throws: `no_file` (`config`), `read_failed` (`transient`), and what the ``Ledger`` throws.
    package func read(_ path: String, tell: (String) -> Void) throws(Failure) {
        let descriptor = path == "-" ? 0 : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .config("no_file", "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        defer { if path != "-" { close(descriptor) } }
        var lines = LineReader()
        var failure: Int32?
        while let line = lines.next(fill: { buffer in
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                if count < 0 { failure = errno }
                return count > 0 ? .bytes(count) : .end
            }
        }) {
            take(line) { tell("\(path):\(lines.number): \($0)") }
            if waiting.count == Self.batch { try book(tell) }
        }
        try book(tell)
        if let failure {
            throw .transient("read_failed", "cannot read \(path): \(String(cString: strerror(failure)))")
        }
    }

    private func take(_ line: LineReader.Line, _ tell: (String) -> Void) {
        guard case .text(let text) = line else { return refuse("the line is too long", tell) }
        guard text.contains(where: { $0 > 32 }) else { return }
        do throws(Rejection) {
            let record = try Record(line: text)
            if let flaw = flaw(of: record) { return refuse(flaw, tell) }
            waiting.append(record)
        } catch {
            refuse(error.failure.message, tell)
        }
    }

    private func flaw(of record: Record) -> String? {
        switch record.kind {
        case "done": "\(record.id) is a list, which no shard works on"
        case "track", "request":
            isPlaced && record["placed"] == nil ? "\(record.id) has no file in the library: no shard answered it" : nil
        default: nil
        }
    }

    private func refuse(_ why: String, _ tell: (String) -> Void) {
        refused += 1
        if refused <= Self.mostTold { tell(why) }
    }

    private func book(_ tell: (String) -> Void) throws(Failure) {
        let outcomes = waiting
        waiting = []
        guard !outcomes.isEmpty else { return }
        let merged = try ledger.change(now: millisecondsSince1970(), route: route) { change in
            try outcomes.map { try change.merge($0, before: booking) }
        }
        for (outcome, merged) in zip(outcomes, merged) {
            counts[merged, default: 0] += 1
            let count = counts[merged] ?? 0
            guard count <= Self.mostTold else { continue }
            switch merged {
            case .unknown: tell("the queue has no item \(outcome.id)")
            case .cancelled: tell("\(outcome.id) was cancelled, and stays so")
            case .left: tell("\(outcome.id) is left to be done: \(outcome["message"]?.string ?? "it is not said why")")
            case .booked, .known: break
            }
        }
    }
}
