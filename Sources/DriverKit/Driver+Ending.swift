import Glibc
import Ledger
import Processes
import Wire

extension Driver {
    /// Whether nothing is in hand and nothing will come.
    func isDone() throws(Failure) -> Bool {
        guard !isCommitting, engine.events.isEmpty, engine.inFlight == 0 else { return false }
        // What a full ledger does not take is done again by the next driver.
        if ledgerWait.isOn { return stopping.isAsked }
        guard answers.isEmpty else { return false }
        if stopping.isAsked { return true }
        if isServing { return false }
        if isDue || requests?.isOpen == true || requests?.hasSome == true { return false }
        guard let holdsBack = try orLater({ () throws(Failure) in try ledger.holdsBack() }) else { return false }
        // Whoever paused something while this driver ran will want it to go on.
        if holdsBack, wasPausedMeanwhile || lastOutcome.isPaused { return !wasPausedMeanwhile }
        let now = monotonicNanoseconds()
        if engine.pools.contains(where: { $0.trouble == nil && holds.isUndecided(at: $0.index, now: now) }) {
            return false
        }
        let standing = zip(engine.pools, try standingApartFromHolds()).filter { $0.0.trouble == nil }
        if standing.contains(where: { $0.1.waiting > 0 }) { return false }
        guard standing.contains(where: { $0.1.ready > 0 }) else { return !looksAtLast() }
        // What came back with the last answers was not there to be claimed when they were booked.
        if lastOutcome.fates.contains(where: { $0.fate == .returned && engine.pools[$0.job.stage].trouble == nil }) {
            (lastOutcome.fates, isDue) = ([], true)
            return false
        }
        // What is ready waits for a stage that is halted, for which there may be room on a disk in the meantime.
        if engine.pools.contains(where: { $0.trouble?.code == "disk_full" }) { return false }
        // A stage whose next start was put off since the last look has not been asked yet.
        if engine.pools.contains(where: { $0.trouble == nil && $0.restart(after: committedAt) != nil }) { return false }
        if spoolGauge.isFull, let fetching = plan.fetching {
            let failure = Failure.config(
                "spool_full", "the spool \(plan.spool) is full of what failed later; retry or cancel that")
            engine.report(failure, of: engine.pools[fetching])
        }
        return true
    }

    /// Whether a stage that is halted looks once more before the driver ends.
    private func looksAtLast() -> Bool {
        let now = monotonicNanoseconds()
        for (pool, standing) in zip(engine.pools, lastOutcome.standing) where standing.ready > 0 {
            if pool.standstill?.lookAtLast(now: now) == true { isDue = true }
        }
        return isDue
    }

    /// Lets every replica come to its end.
    func finish(_ tell: (Driver) -> Void) throws(Failure) {
        isEnding = true
        engine.retire(all: true)
        let end = monotonicNanoseconds() + Int64(plan.grace * 1e9)
        while engine.hasReplicas {
            let now = monotonicNanoseconds()
            if now > end || stopping.isUrgent {
                engine.signal(now > end + 5_000_000_000 || stopping.isUrgent ? SIGKILL : SIGTERM)
            }
            let ready = engine.turn(until: now + 100_000_000, others: [signals.descriptor])
            let caught = ready.contains(signals.descriptor) ? signals.take() : []
            caught.forEach(take)
            engine.check(after: caught)
            for event in engine.takeEvents() { try take(event) }
            tell(self)
        }
        sweepWithdrawn()
        try orLater { () throws(Failure) in try plan.presence?.note(in: ledger) }
        if try ledger.isEverythingAtItsEnd() { spool.clear(keeping: [], artwork: false) }
        ledger.settle()
    }

    /// Failures that are told of one by one at the end.
    private static let failuresTold = 20

    func status(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        let counts = try ledger.counts()
        let failures = try ledger.failures(limit: Self.failuresTold)
        note(.ended(counts, failures: failures, bytesMoved: engine.bytesMoved))
        tell(self)
        try writeTheLastEvents()
        if let trouble = engine.pools.compactMap(\.trouble).first {
            if !stopping.isAsked { tellTroubles(counts) }
            return Status.of(trouble)
        }
        if stopping.isAsked, counts.contains(where: { !$0.state.isFinal }) { return Status.later }
        if try tellHolds() { return Status.configuration }
        if tellLeft(counts) { return Status.later }
        return counts.contains { $0.state == .failed } ? Status.failed : 0
    }
}
