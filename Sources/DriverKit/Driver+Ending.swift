import Glibc
import Ledger
import Processes
import Wire

extension Driver {
    /// Whether nothing is in hand and nothing more will come.
    func isDone() throws(Failure) -> Bool {
        let left = WorkLeft(
            isUnderWay: booking.isCommitting || !engine.events.isEmpty || engine.inFlight > 0,
            hasAnswers: !booking.answers.isEmpty,
            waitsForLedger: booking.wait.isOn, isAsked: stopping.isAsked, isServing: isServing, isDue: claims.isDue,
            awaitsRequests: requests?.isOpen == true || requests?.hasSome == true || inbox?.isAwaited == true
                || following.isAwaited)
        if let isDone = left.isDone { return isDone }
        guard let isPaused = try orLater({ () throws(Failure) in try ledger.holdsBack() }) else { return false }
        let isHeld = WorkLeft.isDone(
            isPaused: isPaused, wasPausedMeanwhile: watch.wasPaused, wasPausedBefore: lastOutcome.isPaused)
        if let isHeld { return isHeld }
        switch WorkLeft.verdict(of: try stagesLeft()) {
        case .goesOn: return false
        case .looksAtLast: return !looksAtLast()
        case .claimsAgain:
            (lastOutcome.fates, claims.isDue) = ([], true)
            return false
        case .done: break
        }
        if spool.gauge.isFull, let fetching = plan.fetching {
            let failure = Failure.config(
                "spool_full", "the spool \(plan.spool) is full of what failed later; retry or cancel that")
            engine.report(failure, of: engine.pools[fetching])
        }
        return true
    }

    private func stagesLeft() throws(Failure) -> [WorkLeft.Stage] {
        let (now, standing) = (monotonicNanoseconds(), try standingApartFromHolds())
        let returned = Set(lastOutcome.fates.filter { $0.fate == .returned }.map(\.job.stage))
        return zip(engine.pools, standing).map { pool, standing in
            WorkLeft.Stage(
                trouble: pool.trouble?.code, isUndecided: holds.isUndecided(at: pool.index, now: now),
                standing: plan.isActive(pool.index) ? standing : Standing(), hasReturned: returned.contains(pool.index),
                startsLater: pool.restart(after: claims.madeAt) != nil || pool.isLeaving)
        }
    }

    /// Whether a stage that is halted tries once more before the driver ends.
    private func looksAtLast() -> Bool {
        let now = monotonicNanoseconds()
        for (pool, standing) in zip(engine.pools, lastOutcome.standing) where standing.ready > 0 {
            if pool.standstill?.lookAtLast(now: now) == true { claims.isDue = true }
        }
        return claims.isDue
    }

    /// Lets every replica finish and end.
    func finish(_ tell: (Driver) -> Void) throws(Failure) {
        isEnding = true
        engine.retire(all: true)
        let end = monotonicNanoseconds() + Int64(plan.grace * 1e9)
        while engine.hasReplicas {
            let now = monotonicNanoseconds()
            try files.check(now: now)
            if now > end || stopping.isUrgent {
                engine.signal(now > end + 5_000_000_000 || stopping.isUrgent ? SIGKILL : SIGTERM)
            }
            let ready = engine.turn(until: now + 100_000_000, others: [signals.descriptor])
            let caught = ready.contains(signals.descriptor) ? signals.drain() : []
            caught.forEach(handle)
            engine.check(after: caught)
            for event in engine.drainEvents() { try handle(event) }
            tell(self)
        }
        try clearInbox()
        try finishFollowed()
        try sendLastNotices()
        sweepWithdrawn()
        spool.sweep()
        try orLater { () throws(Failure) in try plan.presence?.note(in: ledger) }
        if try ledger.isEverythingAtItsEnd() { spool.clear(keeping: [], artwork: false) }
        ledger.settle()
    }

    /// How many failures are told one by one at the end.
    private static let failuresTold = 20

    func status(_ tell: (Driver) -> Void) throws(Failure) -> Int32 {
        let counts = try ledger.counts()
        let failures = try ledger.failures(limit: Self.failuresTold)
        note(.ended(counts, failures: failures, bytesMoved: engine.bytesMoved))
        tell(self)
        try writeTheLastEvents()
        if let trouble = engine.pools.compactMap(\.trouble).first {
            if !stopping.isAsked { tellTroubles(counts) }
            return ExitStatus(trouble).rawValue
        }
        if stopping.isAsked, counts.contains(where: { !$0.state.isFinal }) { return ExitStatus.later.rawValue }
        if try tellHolds() { return ExitStatus.configuration.rawValue }
        let names = plan.activeNames
        if tellLeft(counts.filter { names.contains($0.stage) && (plan.active == nil || $0.state != .open) }) {
            return ExitStatus.later.rawValue
        }
        return counts.contains { $0.state == .failed } ? ExitStatus.failed.rawValue : 0
    }
}
