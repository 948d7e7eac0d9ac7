import Files
import Glibc
import Ledger
import Wire

extension Pipeline {
    /// The stages with their programs found, asked what they are, and given their surroundings.
    func plan() throws(Failure) -> DriverPlan {
        let hosts = absolute(ledger + ".hosts")
        let environment = Environment.forStages(hosts: hosts, spool: absolute(spool))
        var plans: [StagePlan] = []
        var stops: [Road.Stop] = []
        var fetching: Int?
        for (index, stage) in stages.enumerated() {
            let executable: Executable
            let description: Description?
            do throws(Failure) {
                executable = try Executable(stage.run)
                description = try Description(of: executable)
            } catch {
                throw .config(error.code, "stage \(stage.name): \(error.message)")
            }
            var plan = StagePlan(name: stage.name, executable: executable, environment: environment)
            plan.mode = stage.mode
            plan.expands = stage.mode == .expand || description?.mode == "expand"
            (plan.replicas, plan.window) = (stage.replicas, stage.window)
            (plan.timeout, plan.stall) = (stage.timeout, stage.stall)
            plans.append(plan)
            let writes = stage.writes ?? description?.writes ?? []
            let reads = description?.reads ?? []
            stops.append(
                Road.Stop(
                    name: stage.name, kinds: stage.kinds.map(Set.init) ?? description?.kinds,
                    writesMedia: writes.contains("media") && !stage.run.contains("--rows"), backoff: stage.retry))
            if fetching == nil, writes.contains("file"), description == nil || reads.contains("media") { fetching = index }
        }
        return DriverPlan(
            ledger: ledger, spool: absolute(spool), hostsFolder: hosts, spoolLimit: spoolLimit, grace: grace,
            hosts: self.hosts, stages: plans, road: Road(stops), fetching: fetching)
    }

    /// The road alone, for commands that start nothing.
    var road: Road { Road(stages.map { Road.Stop(name: $0.name, backoff: $0.retry) }) }

    func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        var buffer = [CChar](repeating: 0, count: 4096)
        guard getcwd(&buffer, buffer.count) != nil else { return path }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) + "/" + path
    }
}
