import Ledger
import Wire

extension Driver {
    func note(_ event: DriverEvent) { observers.note(event) }
    func say(_ text: String) { observers.note(.remark(text)) }

    /// What happened since it was asked last.
    package func takeEvents() -> [DriverEvent] { observers.takeEvents() }

    /// How the work stands.
    package var glance: Glance {
        let busy = engine.crews.flatMap { crew in
            crew.replicas.filter { !$0.inHand.isEmpty }.map {
                Glance.Busy(
                    stage: crew.index, name: crew.plan.name, replica: $0.number, flights: Array($0.inHand.values))
            }
        }
        return Glance(
            bytesMoved: engine.bytesMoved, busy: busy, stages: engine.crews.map(glance), pauses: observers.pauses,
            isStopping: stopping.isAsked, isSpoolFull: spoolGauge.isFull)
    }

    private func glance(at crew: Crew) -> Glance.Stage {
        let standing = crew.index < lastOutcome.standing.count ? lastOutcome.standing[crew.index] : nil
        return Glance.Stage(
            name: crew.plan.name, ready: standing?.ready ?? 0, running: standing?.running ?? 0,
            replicas: crew.wanted, trouble: crew.trouble,
            holds: holds.holds(at: crew.index).map { ($0.need, $0.hold.failure) })
    }
}
