import Ledger
import Processes
import Wire

extension Engine {
    /// Lines read from one replica before the others have their turn.
    private static let linesPerTurn = 4096

    func readAnswers(of replica: Replica, in pool: WorkerPool, _ now: Int64, isLast: Bool = false) {
        replica.takesLast = isLast
        for _ in 0..<Self.linesPerTurn {
            if case .broke = replica.sentence { return }
            guard let line = replica.nextAnswer() else { return }
            do throws(Failure) {
                try handle(line, from: replica, in: pool, now)
            } catch {
                events.append(.note(pool, replica, "ended: \(error.message)"))
                replica.kill(.broke(error))
            }
        }
    }

    private func handle(
        _ line: LineReader.Line, from replica: Replica, in pool: WorkerPool, _ now: Int64
    ) throws(Failure) {
        guard case .text(let text) = line else { throw Self.protocolFailure("a line of over a MiB") }
        guard text.contains(where: { $0 > 32 }) else { return }
        let answer: Record
        do throws(Rejection) {
            answer = try Record(line: text)
        } catch {
            let start = String(decoding: text.prefix(80), as: UTF8.self)
            throw Self.protocolFailure("a line that is no record (\(error.failure.message)): \(start)")
        }
        let before = replica.answeredAt
        (replica.answeredAt, replica.hasAnswered) = (now, true)
        tell(replica.echo.begin(), of: replica, in: pool)
        if let flight = replica.inFlight[Key(answer.id)], answer.isFinal(for: flight.record) {
            let time = replica.beginning(of: flight, after: before)...now
            replica.finish(Key(answer.id), now: now)
            if flight.progressAt != nil, let bytes = (try? answer.file)?.bytes { bytesMoved += flight.moved(to: bytes) }
            if replica.isRetiring, replica.inFlight.isEmpty { replica.retire() }
            pool.succeeded(after: time.upperBound - time.lowerBound)
            let outcome = try Self.answer(answer, to: flight, in: pool)
            if case .failed(let failure) = outcome { explain(failure.message, of: replica, in: pool) }
            if pool.looked(outcome, by: replica, now: now) { events.append(.wentOn(pool)) }
            events.append(.answered(flight.job, answer, outcome, time))
            return
        }
        guard pool.plan.expands, let parent = answer.parent, let flight = replica.inFlight[Key(parent)],
            answer.seq != nil
        else { throw Self.protocolFailure("an answer to \(answer.id), which it does not have") }
        replica.change(Key(parent)) { $0.members += 1 }
        events.append(
            .answered(flight.job, answer, .member(answer), replica.beginning(of: flight, after: before)...now))
    }

    private static func answer(_ answer: Record, to flight: InFlight, in pool: WorkerPool) throws(Failure) -> Answer {
        switch answer.kind {
        case "error" where !flight.job.isTelling || !answer.isSameFailure(as: flight.record):
            return .failed(Failure(told: answer))
        case "done" where flight.record.kind != "done":
            guard pool.plan.expands else { throw protocolFailure("a done, where no member may be") }
            // It is as it was, and none of its members were written.
            let isAsItWas = answer["unchanged"]?.boolean == true && flight.record["seen"] != nil
            let count = isAsItWas ? 0 : answer["n"]?.integer
            guard count == flight.members else {
                let told = count.map(String.init) ?? "none"
                return .failed(.transient("wrong_count", "it wrote \(flight.members) members and told of \(told)"))
            }
            return .final(answer)
        default: return .final(answer)
        }
    }

    private static func protocolFailure(_ what: String) -> Failure { .transient("protocol", "the stage wrote \(what)") }
}

extension Record {
    /// Whether this line, under the same id, is the final answer to `input` and not a member of it.
    fileprivate func isFinal(for input: Record) -> Bool {
        (parent.map(Key.init), seq) == (input.parent.map(Key.init), input.seq)
    }

    /// Whether this passes an error on; a stage that failed to take an error in carries it in its own.
    fileprivate func isSameFailure(as other: Record) -> Bool {
        other.kind == "error" && carried?.kind == other.carried?.kind
            && ["stage", "class", "code"].allSatisfy {
                self[$0].map { Array($0.text) } == other[$0].map { Array($0.text) }
            }
    }
}
