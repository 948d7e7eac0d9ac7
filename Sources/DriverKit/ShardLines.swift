import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

/// The lines on a shard's stdin, and its outcomes on stdout: one for each.
final class ShardLines: RequestInput {
    let outlet = Outlet()
    private let route: Route
    private var lines = LineReader()
    /// Whether there is more on stdin.
    private var hasInput = true
    /// What was read, and is not in the ledger yet.
    private var new: [ItemRequest] = []
    /// What has no outcome yet, and what waits behind a record with the same id.
    private var inWork: [Key: Record] = [:]
    private var twins: [Key: [ItemRequest]] = [:]
    private var twinCount = 0
    /// How many outcomes there are of each rank.
    private(set) var counts: [OutcomeRank: Int] = [:]

    /// Records in hand at most: more than all stages together work on.
    private static let limit = 2000

    init(_ route: Route) { self.route = route }

    var isOpen: Bool { hasInput && inWork.count + twinCount < Self.limit }
    var wantsMore: Bool { isOpen && !outlet.isBehind }
    var hasSome: Bool { !new.isEmpty }

    func drain() -> [ItemRequest] {
        defer { new = [] }
        return new
    }

    func read(mayRead: Bool) {
        var mayRead = mayRead
        while wantsMore, let line = next(mayRead: &mayRead) { handle(line, queue) }
    }

    /// Takes what items have come to; only those of the shard have an outcome.
    func answer(_ ended: [Record]) {
        for record in ended where inWork.removeValue(forKey: Key(record.id)) != nil {
            put(record)
            if let twin = nextTwin(of: Key(record.id)) { queue(twin) }
        }
    }

    /// Answers what was read and has no outcome; `fate` says what became of a record.
    func answerRest(_ fate: (Record) throws(Failure) -> Record) throws(Failure) {
        for (key, record) in inWork {
            put(try fate(record))
            while let twin = nextTwin(of: key) { put(try fate(twin.record)) }
        }
        inWork = [:]
        try flush()
    }

    /// Reads to the end of stdin, and answers every record with the failure.
    func refuseRest(_ failure: Failure) throws(Failure) {
        while hasInput, !outlet.isClosed {
            var mayRead = true
            while let line = next(mayRead: &mayRead) {
                handle(line) { put(.error(failure, stage: ShardLines.name, record: $0.record)) }
            }
            try flush()
        }
    }

    /// Waits until all outcomes are read.
    func flush() throws(Failure) {
        try outlet.flush()
        while !outlet.isEmpty {
            var polls = [outlet.poll]
            poll(&polls, 1, -1)
            try outlet.flush()
        }
    }

    static let name = "shard"

    private func next(mayRead: inout Bool) -> LineReader.Line? {
        lines.next { buffer in
            guard mayRead else { return .interrupted }
            mayRead = false
            let count = Glibc.read(0, buffer.baseAddress, buffer.count)
            if count == 0 { hasInput = false }
            return count > 0 ? .bytes(count) : count == 0 ? .end : .interrupted
        }
    }

    private func handle(_ line: LineReader.Line, _ take: (ItemRequest) -> Void) {
        guard case .text(let text) = line else {
            let failure = Failure.permanent("line_too_long", "the line is longer than \(Record.maximumLineBytes) bytes")
            return put(.error(Rejection(failure: failure), stage: Self.name, line: lines.number))
        }
        guard text.contains(where: { $0 > 32 }) else { return }
        do throws(Rejection) {
            handle(try Record(line: text), take)
        } catch {
            put(.error(error, stage: Self.name, line: lines.number))
        }
    }

    /// A failure that is given again is another try of its record.
    private func handle(_ told: Record, _ take: (ItemRequest) -> Void) {
        let isFailure = told.kind == "error" && told.carried.map { Key($0.id) == Key(told.id) } == true
        var record = isFailure ? told.carried ?? told : told
        guard !["skip", "done", "error"].contains(record.kind), route.next(after: -1, kind: record.kind) != nil else {
            return put(told)
        }
        // The files of another spool are no files of this one.
        record["file"] = nil
        let request = ItemRequest(record)
        do throws(Failure) {
            guard !request.isCollection else {
                throw .config("collection", "a list is expanded where the ledger is: segue run --only does that")
            }
            try request.keepPasswords(tell: complain)
            take(request)
        } catch {
            put(.error(error, stage: Self.name, record: request.record))
        }
    }

    /// Of records with one id, one is on its way at a time.
    private func queue(_ request: ItemRequest) {
        let key = Key(request.record.id)
        guard inWork[key] == nil else {
            twinCount += 1
            return twins[key, default: []].append(request)
        }
        inWork[key] = request.record
        new.append(request)
    }

    private func nextTwin(of key: Key) -> ItemRequest? {
        guard var others = twins.removeValue(forKey: key) else { return nil }
        let next = others.removeFirst()
        if !others.isEmpty { twins[key] = others }
        twinCount -= 1
        return next
    }

    private func put(_ outcome: Record) {
        counts[OutcomeRank(of: outcome), default: 0] += 1
        outlet.add(outcome)
    }
}
