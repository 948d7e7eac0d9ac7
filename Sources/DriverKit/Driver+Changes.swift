import Ledger
import Processes
import Wire

extension Driver {
    /// What another process changed in the ledger: records that were withdrawn from this driver, and settings.
    func lookForChanges(_ now: Int64) throws(Failure) {
        let found = try ledger.version()
        guard found != watch.version else { return }
        claims.isDue = true
        let held = engine.pools.flatMap(\.replicas).flatMap { $0.inFlight.values.map(\.job) }
        if try ledger.holdsBack() { watch.wasPaused = true }
        let (lost, cancelled) = try ledger.withdrawn(among: held)
        let scales = try ledger.scales()
        for job in held where lost.contains(job.item) {
            engine.withdraw(job.item)
            note(.withdrawn(id: job.id))
            holds.withdrawn(job.item, now: now)
            if cancelled.contains(job.item), let record = job.record {
                spool.withdrawn.append(record.carried ?? record)
            }
        }
        try tellCommands()
        try tellDamaged()
        for pool in engine.pools {
            if let count = scales[pool.plan.name], count != pool.wanted { pool.scale(to: count) }
        }
        if let periods = try ledger.schedule(), periods != plan.schedule {
            plan.schedule = periods
            schedule.take(periods)
        }
        // Last, so that changes that were only partly read are read again.
        watch.version = found
    }

    /// Tells what users did in the meantime, in any process.
    func tellCommands() throws(Failure) {
        while case let commands = try ledger.commands(after: watch.command, limit: 1000), let last = commands.last {
            watch.command = last.number
            for command in commands {
                if command.verb == .restarted {
                    if let pool = engine.pools.first(where: { $0.plan.name == command.item }) {
                        pool.revive()
                        try note(trouble: nil, of: pool)
                        holds.release(stage: pool.index)
                    }
                    claims.isDue = true
                    continue
                }
                let isFew = command.verb == .cancelled && command.items <= Self.fewItems
                let cancelled = isFew ? try ledger.cancelled(at: command.at, limit: Self.fewItems) : []
                note(.commanded(command, cancelled: cancelled))
            }
        }
    }

    /// How many of a command's items are told one by one.
    private static let fewItems = 1000

    /// Removes the files of cancelled items once no replica writes them any more.
    func sweepWithdrawn() {
        guard !spool.withdrawn.isEmpty else { return }
        let keys = Set(engine.pools.flatMap(\.replicas).flatMap { $0.inFlight.keys })
        spool.sweepWithdrawn { keys.contains(Key($0.id)) }
    }
}
