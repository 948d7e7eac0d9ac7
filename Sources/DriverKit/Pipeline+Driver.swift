import Files
import Ledger
import PipelineFiles
import Processes
import Wire

extension Pipeline {
    /// The stages with their programs found and asked to describe themselves, and with their environment.
    ///
    /// - Throws: `bad_pipeline` (`config`) with all that is wrong with the stages.
    package func plan() throws(Failure) -> DriverPlan { plan(of: try foundStages()) }

    /// The same for stages that were found already.
    package func plan(of found: [FoundStage]) -> DriverPlan {
        let environment = stageEnvironment
        let presence = found.library.map(Presence.init)
        var route = Route(found.map(\.stop))
        if let presence { route.find = presence.find }
        let inbox = inbox.map { [absolute($0)] } ?? []
        let (lists, music) = (
            NamedFiles(.lists), NamedFiles(.music(outside: [absolute(spool), pictures] + inbox))
        )
        let plans = found.map { stage in
            var plan = stage.plan(environment, presence)
            guard stage.executable.isNative, let needs = plan.jail?.needs else { return plan }
            plan.named = needs.hasNetwork ? lists : music
            if !needs.hasNetwork { plan.jail?.needs.reads += inbox }
            return plan
        }
        route.recipients = recipients.map(\.told)
        return DriverPlan(
            ledger: ledger, spool: absolute(spool), hostsFolder: hostsFolder, spoolLimit: spoolLimit, grace: grace,
            hosts: self.hosts, schedule: schedule, stages: plans, route: route,
            fetching: found.firstIndex(where: \.fetches), taking: found.firstIndex { $0.has(.intake) },
            presence: presence, pictures: pictures, recipients: recipients, environment: environment,
            holdsRecipients: jail != .off)
    }

    /// The environment of its stages, by variable.
    package var stageEnvironment: [String: String] { stageEnvironment(hosts: hostsFolder) }

    /// The same, by variable, for stages that are only asked something: they keep the limits that a driver left, if any.
    package var askingEnvironment: [String: String] { stageEnvironment(hosts: realPath(hostsFolder) ?? "") }

    /// The same, by variable, with another folder of the limiter.
    package func stageEnvironment(hosts: String) -> [String: String] {
        var environment = Environment.forStages(hosts: hosts, spool: absolute(spool), spoolLimit: spoolLimit)
        environment["SEGUE_ARTWORK"] = pictures
        environment["SSL_CERT_FILE"] = ca.map(absolute) ?? environment["SSL_CERT_FILE"]
        return environment
    }

    /// The folder of the pictures that tracks share.
    package var pictures: String { absolute(ledger + ".artwork") }

    /// The folder of the limiter that all stages share.
    package var hostsFolder: String { absolute(ledger + ".hosts") }

    /// Only the route, for commands that start nothing.
    package var route: Route {
        var route = Route(stages.map { Route.Stop(name: $0.name, backoff: $0.retry) })
        route.recipients = recipients.map(\.told)
        return route
    }

    package func absolute(_ path: String) -> String { Files.absolute(path) }
}

extension FoundStage {
    func plan(_ environment: [String: String], _ presence: Presence?) -> StagePlan {
        var plan = StagePlan(name: stage.name, executable: executable, environment: environment)
        (plan.mode, plan.expands, plan.jail) = (stage.mode, expands, jail)
        (plan.replicas, plan.window, plan.workers) = (replicas, window, workers)
        plan.startsSlowly = stage.window == nil && stage.mode != .batch && workers == 1
        (plan.timeout, plan.stall) = (stage.timeout, stage.stall)
        if let presence, library?.utf8.elementsEqual(presence.library.utf8) == true {
            plan.mayStart = { presence.absence }
            plan.moreEnvironment = { presence.environment }
        }
        if wantsTries { plan.tries = stage.retry.attempts }
        return plan
    }

    var stop: Route.Stop {
        Route.Stop(
            name: stage.name, kinds: kinds, writesMedia: writesMedia, renewsOwnOnly: has(.intake),
            wantsTries: wantsTries, backoff: stage.retry)
    }
}
