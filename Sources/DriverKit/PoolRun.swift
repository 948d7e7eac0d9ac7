import Files
import Glibc
import Ledger
import Processes
import Wire

/// One run of a pool: from stdin through the replicas to stdout, holding no more than they have capacity for.
package final class PoolRun {
    private let engine: Engine
    private let pool: WorkerPool
    private let signals: Signals
    private let outlet = Outlet()
    private var lines = LineReader()
    private var hasInput = true
    /// Records that no replica has yet, and those whose id one has already.
    private var waiting: [Job] = []
    private var twins: [Key: [Job]] = [:]
    private var inFlight: Set<Key> = []
    private var strikes: [Int64: Int] = [:]
    private var stoppedAt: Int64?
    private var asked = 0
    private var isDropping = false

    private static let maximumStrikes = 3
    /// Records read at once while all of them are refused.
    private static let refusedAtOnce = 64
    private static let grace: Int64 = 30_000_000_000

    /// - Throws: `no_signals` (`config`).
    package init(_ plan: StagePlan) throws(Failure) {
        signals = try Signals()
        engine = Engine([plan])
        pool = engine.pools[0]
    }

    /// Runs until stdin has ended and all is answered. The exit status says how that went.
    ///
    /// - Throws: `write_failed` (`transient`) where stdout fails.
    package func run() throws(Failure) -> Int32 {
        while !isDone {
            try turn()
            try outlet.flush()
            if outlet.isClosed { return leave(0) }
        }
        engine.retire(all: true)
        while engine.hasReplicas || !outlet.isEmpty {
            try turn()
            try outlet.flush()
        }
        if let trouble = pool.trouble { return ExitStatus(trouble).rawValue }
        return isDropping || stoppedAt != nil && hasInput ? ExitStatus.later.rawValue : pool.worstStatus
    }

    private var isDone: Bool {
        if pool.trouble != nil { return engine.inFlight == 0 && waiting.isEmpty && (!hasInput || stoppedAt != nil) }
        let hasMore = stoppedAt == nil && (hasInput || !waiting.isEmpty)
        return !hasMore && inFlight.isEmpty
    }

    private func turn() throws(Failure) {
        let capacity =
            pool.trouble == nil ? pool.capacity(now: monotonicNanoseconds()) : Capacity(records: Self.refusedAtOnce)
        if stoppedAt == nil { dispatch(capacity) }
        let takesInput = hasInput && stoppedAt == nil && waiting.isEmpty && capacity.records > 0 && !outlet.isBehind
        let deadline = monotonicNanoseconds() + 100_000_000
        let ready = engine.turn(
            until: deadline, others: [signals.descriptor, takesInput ? 0 : -1], outlet: outlet.poll)
        let caught = ready.contains(signals.descriptor) ? signals.drain() : []
        caught.forEach(handle)
        engine.check(after: caught)
        if ready.contains(0) { read(capacity) }
        for event in engine.drainEvents() { handle(event) }
        if let stoppedAt, monotonicNanoseconds() - stoppedAt > Self.grace { drop() }
    }

    /// Reads as many lines as there is capacity for.
    private func read(_ capacity: Capacity) {
        var hasRead = false
        while waiting.count < capacity.records {
            let line = lines.next { buffer in
                guard !hasRead else { return .interrupted }
                hasRead = true
                let count = Glibc.read(0, buffer.baseAddress, buffer.count)
                if count == 0 { hasInput = false }
                return count > 0 ? .bytes(count) : count == 0 ? .end : .interrupted
            }
            guard let line else { return }
            handle(line, number: lines.number)
        }
    }

    private func handle(_ line: LineReader.Line, number: Int) {
        guard case .text(let text) = line else {
            let failure = Failure.permanent("line_too_long", "the line is longer than \(Record.maximumLineBytes) bytes")
            return outlet.add(.error(Rejection(failure: failure), stage: "pool", line: number))
        }
        guard text.contains(where: { $0 > 32 }) else { return }
        do throws(Rejection) {
            let record = try Record(line: text)
            queue(Job(item: Int64(number), claim: 0, id: record.id, stage: 0, line: text, record: record))
        } catch {
            outlet.add(.error(error, stage: "pool", line: number))
        }
    }

    /// Of records with the same id, one is in flight at a time.
    private func queue(_ job: Job) {
        let key = Key(job.id)
        if inFlight.insert(key).inserted { waiting.append(job) } else { twins[key, default: []].append(job) }
    }

    private func dispatch(_ capacity: Capacity) {
        if let trouble = pool.trouble { return refuseAll(trouble) }
        var capacity = capacity
        var given: [Job] = []
        while let job = waiting.first, capacity.records > 0, !job.alone || capacity.idle > 0 {
            capacity.subtract(job)
            given.append(waiting.removeFirst())
        }
        if !given.isEmpty { engine.give(given, to: pool) }
    }

    /// For a stage that is halted: what waits for it, and all that still comes, is answered with the reason so that
    /// none is lost; records that only concern later stages pass.
    private func refuseAll(_ trouble: Failure) {
        while !waiting.isEmpty {
            let job = waiting.removeFirst()
            if let record = job.record {
                outlet.add(["request", "track"].contains(record.kind) ? errorLine(job, record, trouble) : record)
            }
            leave(job)
        }
    }

    private func handle(_ event: Engine.Event) {
        switch event {
        case .answered(let job, let record, let answer, _): settle(job, record, answer)
        case .trouble(_, let failure), .shortage(_, let failure): complain("\(pool.plan.name): \(failure.message)")
        case .wentOn: break
        case .note(let pool, let replica, let text): tell("\(pool.plan.name).\(replica.number): \(text)")
        }
    }

    private func settle(_ job: Job, _ record: Record, _ answer: Answer) {
        switch answer {
        case .member: return outlet.add(record)
        case .final: outlet.add(record)
        case .failed(let failure), .held(let failure, _, _): outlet.add(errorLine(job, record, failure))
        case .lost(let how):
            strikes[job.item, default: 0] += job.alone ? 1 : 0
            if strikes[job.item, default: 0] < Self.maximumStrikes { return again(job, alone: true) }
            let failure = Failure(.crash, "crash", "\(Self.maximumStrikes) replicas died with it: \(how)")
            outlet.add(errorLine(job, record, failure))
        case .returned: return again(job, alone: job.alone)
        }
        leave(job)
    }

    /// The stage's own line where it wrote one.
    private func errorLine(_ job: Job, _ record: Record, _ failure: Failure) -> Record {
        record.kind == "error" ? record : .error(failure, stage: pool.plan.name, record: record)
    }

    private func again(_ job: Job, alone: Bool) {
        guard stoppedAt == nil else {
            isDropping = true
            inFlight.remove(Key(job.id))
            return
        }
        waiting.insert(
            Job(item: job.item, claim: 0, id: job.id, stage: 0, line: job.line, record: job.record, alone: alone), at: 0
        )
    }

    private func leave(_ job: Job) {
        let key = Key(job.id)
        inFlight.remove(key)
        guard var others = twins.removeValue(forKey: key), !others.isEmpty else { return }
        let next = others.removeFirst()
        if !others.isEmpty { twins[key] = others }
        queue(next)
    }

    private func handle(_ signal: Int32) {
        guard Signals.asksForTheEnd(signal) else { return }
        asked += 1
        if asked > 1 { return drop() }
        stoppedAt = monotonicNanoseconds()
        isDropping = !waiting.isEmpty || lines.holdsBytes
        engine.signal(SIGTERM)
        engine.retire(all: true)
    }

    private func drop() {
        engine.signal(SIGKILL)
    }

    private func leave(_ status: Int32) -> Int32 {
        engine.signal(SIGKILL)
        return status
    }

    private func tell(_ text: String) {
        writeToStandardError(text.harmless + "\n")
    }
}
