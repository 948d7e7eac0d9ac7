import CPosix
import Glibc
import Wire

/// Reads records to the end of stdin and sees that each is answered once.
struct Loop<S: Stage> {
    private let stage: S
    private let name = S.profile.name
    private let kinds = S.profile.kinds
    private let outlet: StandardOutput
    private let channels: Channels
    private let held = HeldLines(window: S.profile.window)

    init(stage: S) {
        self.stage = stage
        posix_keep_memory()
        // First, before we open descriptors: the number must still name what it named at the start.
        let events = ProgressEvents(stage: name)
        outlet = StandardOutput(name: name)
        channels = Channels(name: name, outlet: outlet, events: events)
    }

    /// What to do with a record, with a text that stands for one, and with all whose answers are held.
    private struct Work {
        let answer: (Record) throws(Failure) -> StageAnswer
        let request: (String) throws(Failure) -> Record
        let settle: () throws(Failure) -> Void
    }

    func run() -> ExitStatus {
        let session: S.Session
        do throws(Failure) {
            session = try stage.open(channels)
        } catch {
            return refuseAll(error)
        }
        let work = Work { record throws(Failure) in
            try stage.work(on: record, in: session)
        } request: { text throws(Failure) in
            try stage.request(for: text, in: session)
        } settle: { () throws(Failure) in
            try stage.settle(session)
        }
        do throws(Failure) {
            let answeredAll = !stage.readsRecords || answerAll(work)
            let status = try stage.close(session)
            channels.failures.settle()
            outlet.close()
            return answeredAll ? status : .later
        } catch {
            complain(name, error.message)
            return ExitStatus(error.class)
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
                guard answer(line, number: lines.number, work) else { return false }
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
            guard !channels.isStopping, answer(reference: reference, number: index + 1, work) else { return false }
        }
        return true
    }

    /// Settles what the held lines wait for, and writes them; false when they were dropped because the process must stop.
    private func settle(_ work: Work) -> Bool {
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

    /// Answers one line; false when it was dropped because the process must stop.
    private func answer(_ line: LineReader.Line, number: Int, _ work: Work) -> Bool {
        guard case .text(let bytes) = line else {
            let limit = Record.maximumLineBytes
            return reject(
                Rejection(failure: .permanent("line_too_long", "the line is longer than \(limit) bytes")), number)
        }
        guard let first = bytes.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return true }
        if S.takesReferences, first != UInt8(ascii: "{") {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                let what = String(escaping: bytes.prefix(200))
                return reject(Rejection(failure: .permanent("not_json", "the reference is not UTF-8: \(what)")), number)
            }
            return answer(reference: text, number: number, work)
        }
        do throws(Rejection) {
            return answer(try Record(line: bytes), work)
        } catch {
            return reject(error, number)
        }
    }

    private func answer(reference: String, number: Int, _ work: Work) -> Bool {
        do throws(Failure) {
            return answer(try work.request(reference), work)
        } catch {
            return reject(Rejection(failure: error), number)
        }
    }

    private func answer(_ told: Record, _ work: Work) -> Bool {
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

    private func reject(_ rejection: Rejection, _ number: Int) -> Bool {
        if !channels.failures.isSilent { complain(name, "line \(number): \(rejection.failure.message)") }
        write(.error(rejection, stage: name, line: number))
        return true
    }
}
