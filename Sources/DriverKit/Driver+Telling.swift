import Ledger
import Wire

extension Driver {
    /// Tells what the ledger made of an answer; of a list at its end, as `segue list` does.
    func tell(_ record: Record, _ answer: Answer, _ fate: Fate) {
        let item = knowsMore(of: record, fate) ? try? ledger.show(record.id)?.item : nil
        note(.booked(record, answer, fate, item))
    }

    /// Whether the ledger knows more than the record: how a list's members ended, or a failure that no stage reported.
    private func knowsMore(of record: Record, _ fate: Fate) -> Bool {
        guard case .ended(let state) = fate else { return false }
        return record.kind == "done" || state == .failed && record.kind != "error"
    }

    /// Notes for other processes why a stage is halted; nil when it works again.
    func note(trouble failure: Failure?, of pool: WorkerPool) throws(Failure) {
        try orLater { () throws(Failure) in
            try ledger.change(now: millisecondsSince1970(), route: plan.route) {
                try $0.note(trouble: failure, of: pool.plan.name)
            }
        }
    }

    /// Says at the end what is left, and what to do about it; true when anything is.
    func tellLeft(_ counts: [Count]) -> Bool {
        let left = counts.filter { !$0.state.isFinal }
        guard !left.isEmpty else { return false }
        let paused = left.filter { $0.state == .paused }.reduce(0) { $0 + $1.count }
        if lastOutcome.isPaused {
            say("everything is paused; segue resume --all lets it go on")
        } else if paused > 0 {
            say("\(paused) paused; segue resume ID, or --all, lets them go on")
        } else {
            say("\(left.reduce(0) { $0 + $1.count }) not at the end; segue list tells where they stand")
        }
        return true
    }

    /// Says at the end which stages are halted; the reason was told when it happened.
    func tellTroubles(_ counts: [Count]) {
        let left = counts.filter { ![.open, .paused].contains($0.state) && !$0.state.isFinal }
        let count = left.reduce(0) { $0 + $1.count }
        let stages = engine.pools.filter { $0.trouble != nil }.map(\.plan.name).joined(separator: ", ")
        guard count > 0 else { return }
        let items = count == 1 ? "1 item waits" : "\(count) items wait"
        say("\(items); set right what the stage \(stages) told, and run again")
    }
}
