import Ledger
import Limiter
import PipelineFiles
import Processes
import Wire

extension Driver {
    /// The one driver of a ledger, set up by the pipeline file, with `requests` added.
    ///
    /// - Throws: `driver_runs` (`transient`) while there is another, `library_gone` (`config`), and what the ``Ledger`` throws.
    package static func open(
        _ plan: DriverPlan, _ ledger: Ledger, adding requests: [ItemRequest] = [], _ reader: RequestReader? = nil,
        outlet: Outlet?, isWatched: Bool
    ) throws(Failure) -> Driver {
        let lock = try DriverLock(ledger: plan.ledger)
        if let presence = plan.presence {
            try presence.recall(in: ledger)
            if let absence = presence.absence { throw absence }
        }
        try Hosts.set(plan.limits(now: millisecondsSince1970()), in: plan.hostsFolder)
        try ledger.change(now: millisecondsSince1970(), route: plan.route) { change in
            try change.forgetScales()
            try change.set(schedule: plan.schedule)
            for request in requests { _ = try change.add(request) }
        }
        return try Driver(plan, ledger, lock, reader, Observers(outlet: outlet, isThere: isWatched))
    }

    /// Picks up the ledger and the spool where the last driver left them; throws `unknown_stage` for items at a
    /// stage that the pipeline no longer has.
    func prepare() throws(Failure) {
        let route = plan.route
        let strangers = try ledger.change(now: millisecondsSince1970(), route: route) { change in
            _ = try change.recover()
            try change.releaseAll()
            try change.forgetOldCommands()
            try change.forgetTroubles()
            return try change.stagesOffTheRoad()
        }
        if let stranger = strangers.first {
            throw .config(
                "unknown_stage",
                "\(stranger.count) items are at the stage \(stranger.name), which the pipeline no longer has; "
                    + "put it back, or cancel them")
        }
        try forgetStrangers()
        let records = try plan.spooling.min().map { stage throws(Failure) in
            try ledger.change(now: millisecondsSince1970(), route: route) { try $0.unfinished(from: stage) }
        }
        if let records { spool.clear(keeping: records, artwork: !records.isEmpty) }
    }
}
