import Glibc
import Wire

/// Reads records to the end of stdin and sees that each is answered once.
struct Loop<S: Stage> {
    private let stage: S
    private let name = S.profile.name
    private let kinds = S.profile.kinds
    private let outlet: Outlet
    private let channels: Channels

    init(stage: S) {
        self.stage = stage
        // First, so that the number names what it named at the start, and no descriptor of our own.
        let events = Events(stage: name)
        outlet = Outlet(name: name)
        channels = Channels(name: name, outlet: outlet, events: events)
    }

    func run() -> ExitStatus {
        do throws(Failure) {
            let session = try stage.open(channels)
            let answeredAll = !stage.readsRecords || answerAll(session)
            let status = try stage.close(session)
            outlet.close()
            return answeredAll ? status : .later
        } catch {
            complain(name, error.message)
            return ExitStatus(error.class)
        }
    }

    /// Whether everything that was asked was answered.
    private func answerAll(_ session: S.Session) -> Bool {
        stage.references.isEmpty ? drainInput(session) : work(through: stage.references, session)
    }

    private func drainInput(_ session: S.Session) -> Bool {
        var lines = LineReader()
        while !channels.isStopping, let line = lines.next(fill: channels.fill) {
            guard answer(line, number: lines.number, session) else { return false }
        }
        return !lines.holdsBytes
    }

    private func work(through references: [String], _ session: S.Session) -> Bool {
        for (index, reference) in references.enumerated() {
            guard !channels.isStopping, answer(reference: reference, number: index + 1, session) else { return false }
        }
        return true
    }

    /// Answers one line; false when it was dropped because the process must stop.
    private func answer(_ line: LineReader.Line, number: Int, _ session: S.Session) -> Bool {
        guard case .text(let bytes) = line else {
            let limit = Record.maximumLineBytes
            return reject(
                Rejection(failure: .permanent("line_too_long", "the line is longer than \(limit) bytes")), number)
        }
        guard let first = bytes.first(where: { $0 != 32 && $0 != 9 && $0 != 13 }) else { return true }
        if S.takesReferences, first != UInt8(ascii: "{"), let text = String(validating: bytes, as: UTF8.self) {
            return answer(reference: text, number: number, session)
        }
        do throws(Rejection) {
            return answer(try Record(line: bytes), session)
        } catch {
            return reject(error, number)
        }
    }

    private func answer(reference: String, number: Int, _ session: S.Session) -> Bool {
        do throws(Failure) {
            return answer(try stage.request(for: reference, in: session), session)
        } catch {
            return reject(Rejection(failure: error), number)
        }
    }

    private func answer(_ told: Record, _ session: S.Session) -> Bool {
        var record = told
        guard kinds.contains(record.kind) else {
            outlet.write(record, stage: name)
            return true
        }
        do throws(Failure) {
            try stage.prepare(&record, in: session)
            switch try stage.work(on: record, in: session) {
            case .record(let answer): outlet.write(answer, stage: name)
            case .unchanged: outlet.write(record, stage: name)
            }
        } catch let error where error == .stopped {
            return false
        } catch {
            complain(name, "gave up on \(record.id): \(error.message)")
            outlet.write(.error(error, stage: name, record: record), stage: name)
        }
        return true
    }

    private func reject(_ rejection: Rejection, _ number: Int) -> Bool {
        complain(name, "line \(number): \(rejection.failure.message)")
        outlet.write(.error(rejection, stage: name, line: number), stage: name)
        return true
    }
}
