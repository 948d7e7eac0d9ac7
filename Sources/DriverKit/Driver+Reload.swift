import Ledger
import Limiter
import PipelineFiles
import Wire

extension Driver {
    /// Reads the pipeline file again, takes over what can change, and says what takes a restart; a file with mistakes changes
    /// nothing.
    func reload() {
        guard let old = plan.pipeline else {
            return say("the pipeline file is read again only by a driver of all its stages")
        }
        do throws(Failure) {
            let reload = Reload(of: old, from: try Pipeline(file: old.path))
            try adopt(reload.pipeline, in: old)
            say(reload.line)
        } catch {
            say("the pipeline file is not taken over: \(error.message)")
        }
    }

    private func adopt(_ next: Pipeline, in old: Pipeline) throws(Failure) {
        var plan = plan
        plan.adopt(next)
        let now = millisecondsSince1970()
        if next.hosts != old.hosts || next.schedule != old.schedule {
            try Hosts.set(plan.limits(now: now), in: plan.hostsFolder)
            schedule = LimitSchedule(plan, now: now)
            try ledger.change(now: now) { try $0.set(schedule: plan.schedule) }
        }
        if next.scrub != old.scrub {
            scrubbing = try plan.scrub.map { scrub throws(Failure) in try Scrubbing(scrub, ledger, plan.route) }
        }
        for (pool, (stage, before)) in zip(engine.pools, zip(next.stages, old.stages)) {
            if pool.plan.tries != nil { pool.plan.tries = stage.retry.attempts }
            guard let replicas = stage.replicas, replicas != before.replicas else { continue }
            // It counts more than what somebody wanted before.
            try ledger.change(now: now) { try $0.scale(stage: stage.name, to: replicas) }
            pool.scale(to: replicas)
        }
        self.plan = plan
        claims.isDue = true
    }
}

extension DriverPlan {
    /// Takes over what may differ in a pipeline with the same stages.
    fileprivate mutating func adopt(_ next: Pipeline) {
        // One that somebody changed meanwhile stays where the file has nothing new.
        if next.schedule != pipeline?.schedule { schedule = next.schedule }
        (pipeline, hosts, grace) = (next, next.hosts, next.grace)
        scrub = next.scrub.flatMap { period in presence.map { Scrub(presence: $0, period: period) } }
        for (index, stage) in next.stages.enumerated() { route.stops[index].backoff = stage.retry }
    }
}
