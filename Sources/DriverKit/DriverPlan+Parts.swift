import Files
import Limiter
import PipelineFiles
import Processes
import Wire

extension DriverPlan {
    /// The plan with all stages, of which only these have replicas.
    package func limited(to stages: Set<Int>) -> DriverPlan {
        var plan = self
        plan.active = stages
        return plan
    }

    /// Whether a stage has replicas.
    func isActive(_ stage: Int) -> Bool { active?.contains(stage) ?? true }

    /// The names of the stages that have replicas.
    var activeNames: Set<String> { Set(stages.indices.filter(isActive).map { stages[$0].name }) }
}

extension Pipeline {
    /// Gives a shard a folder of its own in the spool, which goes with it. Those of shards that were killed go first, with
    /// the processes that they left.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it, and what `body` throws.
    package func withShardFolder<Result>(_ body: (String) throws(Failure) -> Result) throws(Failure) -> Result {
        try TemporaryFolder.with(prefix: "shard", in: absolute(spool)) { left in
            _ = try? DriverLock(ledger: "\(left)/state/ledger.sqlite")
        } _: { folder throws(Failure) in
            try body(folder)
        }
    }

    /// The plan of a shard: the stages before the catalogue's, with the ledger and the spool in a folder of its own.
    ///
    /// Limits of hosts are shared with other shards of this machine, and divided by the number of machines.
    ///
    /// - Throws: `no_catalogue` and `bad_pipeline` (`config`).
    func shardPlan(of found: [FoundStage], in folder: String, machines: Int) throws(Failure) -> DriverPlan {
        if let library = found.library, !Presence(library: library).isThere {
            throw .config(
                "no_catalogue",
                "the library \(library) has no catalogue: mount it; "
                    + "for a new one, segue import \(library) makes an empty catalogue")
        }
        var own = self
        (own.ledger, own.spool) = ("\(folder)/state/ledger.sqlite", "\(folder)/spool")
        // What a shard does is told where it is merged.
        own.recipients = []
        own.hosts = hosts.map { $0.divided(by: machines) }
        own.schedule = schedule.map { $0.divided(by: machines) }
        var plan = own.plan(of: Array(try found.beforeBooking))
        (plan.hostsFolder, plan.pictures) = (hostsFolder, pictures)
        for index in plan.stages.indices {
            plan.stages[index].environment["SEGUE_HOSTS"] = hostsFolder
            plan.stages[index].environment["SEGUE_ARTWORK"] = pictures
            // Others write the catalogue, perhaps on another machine: SQLite cannot be read there meanwhile.
            plan.stages[index].environment["SEGUE_SHARD"] = "1"
            // One outcome for each record.
            plan.stages[index].expands = false
        }
        return plan
    }
}

extension DriverPlan {
    /// The plan for a driver of all stages, which also looks into the inbox of its pipeline, reads its library again, where the
    /// pipeline says so, and asks for the lists that are followed.
    package func watching(for pipeline: Pipeline) -> DriverPlan {
        var plan = self
        plan.pipeline = pipeline
        if let period = pipeline.scrub { plan.scrub = presence.map { Scrub(presence: $0, period: period) } }
        (plan.inbox, plan.inboxStillness) = (pipeline.inbox.map(pipeline.absolute), pipeline.inboxStillness)
        plan.isFollowing = true
        return plan
    }
}
