import Ledger
import Wire

extension Driver {
    /// What another process changed in the ledger: what was withdrawn from our hands, and settings.
    func lookForChanges(_ now: Int64) throws(Failure) {
        let found = try ledger.version()
        defer { version = found }
        guard found != version else { return }
        isDue = true
        guard version != nil else { return }
        let held = engine.crews.flatMap(\.replicas).flatMap { $0.inHand.values.map(\.job) }
        if try ledger.holdsBack() { wasPausedMeanwhile = true }
        let (lost, cancelled, scales) = try ledger.withdrawn(among: held)
        for job in held where lost.contains(job.item) {
            engine.withdraw(job.item)
            monitor.withdrawn(job.id, isCancelled: cancelled.contains(job.item))
            if cancelled.contains(job.item), let record = job.record { withdrawn.append(record.carried ?? record) }
        }
        for crew in engine.crews {
            if let count = scales[crew.plan.name], count != crew.wanted { crew.scale(to: count) }
        }
    }

    /// Removes the files of cancelled items once no replica writes them any more.
    func sweepWithdrawn() {
        let keys = Set(engine.crews.flatMap(\.replicas).flatMap { $0.inHand.keys })
        for record in withdrawn where !keys.contains(Key(record.id)) { spool.sweep(record) }
        withdrawn.removeAll { !keys.contains(Key($0.id)) }
    }
}
