import ArgumentParser
import Files
import Limiter
import PipelineFiles
import Processes
import Wire

/// Shows what a run would do, without fetching media.
struct Plan: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Show what a run would fetch, and under which names, without fetching it.",
        discussion: """
            Asks the catalog as a run would, once for each track, and the stage with the role plan, such as place, for \
            the names; nothing is written. Where two tracks would have one name, it shows the name that is used \
            instead. Exit status 1: something failed, and would fail in a run too, unless a second try helps.

              segue plan Pipelines/library.yaml playlist:3 album:7
            """)

    @OptionGroup var output: OutputOption
    @OptionGroup var jail: JailOption

    @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    @Argument(help: ArgumentHelp("References.", valueName: "ref"))
    var references: [String]

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try jail.held(Pipeline(file: file))
                let found = try pipeline.foundStages()
                let (route, catalogs) = (try PlannedRoad(found), KnownCatalogs(found))
                let requests = try references.map { reference throws(Failure) in
                    let request = try catalogs.unchecked(Array(reference.utf8), first: false)
                    try request.keepPasswords(tell: complain)
                    return request.record
                }
                return try TemporaryFolder.with(prefix: "segue-hosts") { own throws(Failure) in
                    try tell(requests, route, pipeline, hosts: own)
                }
            })
    }

    private func tell(
        _ requests: [Record], _ route: PlannedRoad, _ pipeline: Pipeline, hosts own: String
    ) throws(Failure) -> Int32 {
        let signals = try Signals()
        let environment = pipeline.stageEnvironment(hosts: try hosts(of: pipeline, own))
        let pipe = try route.pipe(for: requests, environment: environment)
        var forecast = Forecast()
        let isWhole = try pipe.run(requests, signals) { line in
            if let prospect = forecast.add(line) { put(prospect) }
        }
        guard isWhole else { return ExitStatus.later.rawValue }
        for request in requests where !forecast.knows(request.id) {
            let fate = Prospect.Fate.fail(stage: "segue", message: "no stage answered it", code: "no_answer")
            put(forecast.add(Prospect(id: request.id, fate: fate)))
        }
        output.put(forecast.json, or: [forecast.line])
        if route.place == nil { complain("no stage has the role plan, so no names are shown") }
        for name in route.unasked { complain("\(name) was not asked, and may change what is told here") }
        return forecast.failed > 0 ? ExitStatus.failed.rawValue : 0
    }

    /// The folder of limits that a driver left, if there is one; else a folder for this run alone.
    private func hosts(of pipeline: Pipeline, _ own: String) throws(Failure) -> String {
        let shared = absolute(pipeline.ledger + ".hosts")
        if realPath(shared) != nil { return shared }
        try Hosts.set(pipeline.hosts, in: own)
        return own
    }

    private func put(_ prospect: Prospect) {
        output.put(prospect.json, or: [prospect.line])
    }
}
