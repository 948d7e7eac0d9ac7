import CPosix
import Glibc
import Wire

/// Reads records to the end of stdin and sees that each is answered once.
struct Loop<S: Stage> {
    let stage: S
    let channels: Channels
    let kinds = S.profile.kinds
    private let name = S.profile.name
    private let outlet: StandardOutput
    private let held = HeldLines(window: S.profile.window)

    init(stage: S) {
        posix_keep_memory()
        // First, before we open descriptors: the number must still name what it named at the start.
        let events = ProgressEvents(stage: S.profile.name)
        let outlet = StandardOutput(name: S.profile.name)
        self.init(stage: stage, channels: Channels(name: S.profile.name, outlet: outlet, events: events))
    }

    /// For one of several workers of a process.
    init(stage: S, channels: Channels) {
        (self.stage, self.channels, outlet) = (stage, channels, channels.outlet)
    }

    /// What to do with a record, with a text that stands for one, and with all whose answers are held.
    struct Work {
        let answer: (Record) throws(Failure) -> StageAnswer
        let request: (String) throws(Failure) -> Record
        let settle: () throws(Failure) -> Void
    }

    func run() -> ExitStatus {
        let (shared, session): (S.Shared, S.Session)
        do throws(Failure) {
            shared = try stage.share(channels)
            session = try stage.open(channels, sharing: shared)
        } catch {
            return refuseAll(error)
        }
        let work = work(in: session)
        do throws(Failure) {
            let answeredAll =
                !stage.readsRecords || (stage.workers > 1 ? answerTogether(work, sharing: shared) : answerAll(work))
            let status = try stage.close(session)
            channels.failures.settle()
            outlet.close()
            return answeredAll ? status : .later
        } catch {
            complain(name, error.message)
            return ExitStatus(error.class)
        }
    }

    func work(in session: S.Session) -> Work {
        Work { record throws(Failure) in
            try stage.work(on: record, in: session)
        } request: { text throws(Failure) in
            try stage.request(for: text, in: session)
        } settle: { () throws(Failure) in
            try stage.settle(session)
        }
    }

    /// Answers for a stage that cannot begin: in a plain pipe every record is answered with the reason, so that none is
    /// lost and each counts as failed. A driver keeps its records, and starts the stage again.
    private func refuseAll(_ failure: Failure) -> ExitStatus {
        complain(name, failure.message)
        guard stage.readsRecords, !Surroundings.hasDriver else { return ExitStatus(failure.class) }
        // No record is to blame.
        var reason = failure
        if reason.class == .permanent { reason.class = .config }
        channels.failures.isSilent = true
        let work = Work { record throws(Failure) in
            guard record.kind == "error" else { throw reason }
            return .unchanged
        } request: { _ throws(Failure) in
            throw reason
        } settle: {
        }
        _ = answerAll(work)
        outlet.close()
        return ExitStatus(failure.class)
    }

    /// Answers all input; false when something was left unanswered.
    private func answerAll(_ work: Work) -> Bool {
        let isDrained = stage.references.isEmpty ? drainInput(work) : drain(stage.references, work)
        return settle(work) && isDrained
    }

    private func drainInput(_ work: Work) -> Bool {
        var lines = LineReader()
        while !channels.isStopping {
            if held.isDue, !settle(work) { return false }
            if let line = lines.next(fill: held.isEmpty ? channels.fill : channels.fillAtOnce) {
                if let record = record(in: line, lines.number, work), !answer(record, work) { return false }
            } else {
                if held.isEmpty { break }
                guard settle(work) else { return false }
            }
        }
        return !lines.holdsBytes
    }

    private func drain(_ references: [String], _ work: Work) -> Bool {
        for (index, reference) in references.enumerated() {
            if held.isDue, !settle(work) { return false }
            guard !channels.isStopping else { return false }
            if let record = record(for: reference, index + 1, work), !answer(record, work) { return false }
        }
        return true
    }

    /// Settles what the held lines wait for, and writes them; false when they were dropped because the process must stop.
    func settle(_ work: Work) -> Bool {
        if held.isEmpty { return true }
        do throws(Failure) {
            try work.settle()
            held.release(nil)
        } catch let error where error == .stopped {
            held.drop()
            return false
        } catch {
            held.release(error)
        }
        return true
    }

    /// The record in a line; nil for a blank one, and for one that was answered with what is wrong with it.
    func record(in line: LineReader.Line, _ number: Int, _ work: Work) -> Record? {
        guard case .text(let bytes) = line else {
            let limit = Record.maximumLineBytes
            return reject(
                Rejection(failure: .permanent("line_too_long", "the line is longer than \(limit) bytes")), number)
        }
        guard let first = bytes.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return nil }
        if S.takesReferences, first != UInt8(ascii: "{") {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                let what = String(escaping: bytes.prefix(200))
                return reject(Rejection(failure: .permanent("not_json", "the reference is not UTF-8: \(what)")), number)
            }
            return record(for: text, number, work)
        }
        do throws(Rejection) {
            return try Record(line: bytes)
        } catch {
            return reject(error, number)
        }
    }

    private func record(for reference: String, _ number: Int, _ work: Work) -> Record? {
        do throws(Failure) {
            return try work.request(reference)
        } catch {
            return reject(Rejection(failure: error), number)
        }
    }

    /// Answers one record; false when it was dropped because the process must stop.
    func answer(_ told: Record, _ work: Work) -> Bool {
        var record = told
        guard kinds.contains(record.kind) else {
            write(record)
            return true
        }
        do throws(Failure) {
            try stage.prepare(&record, channels)
            switch try work.answer(record) {
            case .record(let answer): write(answer)
            case .unchanged: write(record)
            case .settled(let answer): hold(answer, to: record)
            }
        } catch let error where error == .stopped {
            return false
        } catch {
            channels.tell(error, of: record.id)
            write(.error(error, stage: name, record: record))
        }
        return true
    }

    private func hold(_ answer: @escaping () throws(Failure) -> Record, to record: Record) {
        held.add { failure in
            do throws(Failure) {
                if let failure { throw failure }
                outlet.write(try answer(), stage: name)
            } catch {
                channels.tell(error, of: record.id)
                outlet.write(.error(error, stage: name, record: record), stage: name)
            }
        }
    }

    /// Writes a line at once, or behind those that are held.
    private func write(_ line: Record) {
        if held.isEmpty { outlet.write(line, stage: name) } else { held.add { _ in outlet.write(line, stage: name) } }
    }

    private func reject(_ rejection: Rejection, _ number: Int) -> Record? {
        if !channels.failures.isSilent { complain(name, "line \(number): \(rejection.failure.message)") }
        write(.error(rejection, stage: name, line: number))
        return nil
    }
}
