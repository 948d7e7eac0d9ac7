import Ledger
import Wire

extension Driver {
    func note(_ event: DriverEvent) { observers.note(event) }
    func say(_ text: String) { observers.note(.remark(text)) }

    /// What happened since the last time it was asked.
    package func drainEvents() -> [DriverEvent] { observers.drainEvents() }

    /// How far the work has come.
    package var glance: Glance {
        let busy = engine.pools.flatMap { pool in
            pool.replicas.filter { !$0.inFlight.isEmpty }.map {
                Glance.Busy(
                    stage: pool.index, name: pool.plan.name, replica: $0.number, flights: Array($0.inFlight.values))
            }
        }
        return Glance(
            bytesMoved: engine.bytesMoved, busy: busy, stages: engine.pools.map(glance), pauses: observers.pauses,
            isStopping: stopping.isAsked, isSpoolFull: spool.gauge.isFull)
    }

    private func glance(at pool: WorkerPool) -> Glance.Stage {
        let standing = pool.index < lastOutcome.standing.count ? lastOutcome.standing[pool.index] : nil
        return Glance.Stage(
            name: pool.plan.name, ready: standing?.ready ?? 0, running: standing?.running ?? 0,
            replicas: pool.wanted, trouble: pool.trouble,
            holds: holds.holds(at: pool.index).map { ($0.need, $0.hold.failure) })
    }
}
