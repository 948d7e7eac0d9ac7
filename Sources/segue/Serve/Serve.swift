import ArgumentParser
import Display
import DriverKit
import Ledger
import Limiter
import PipelineFiles
import Processes
import Server
import Wire

/// Runs a pipeline until it is stopped, and shows and controls it over HTTP.
struct Serve: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run a pipeline as a server, with a page, REST and events over WebSocket.",
        discussion: """
            Works through the pipeline's queue, and waits for more. It prints the address of the page; what segue add \
            adds in a terminal shows up there. Other machines need the token.

              segue serve --pipeline Pipelines/library.yaml
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var jail: JailOption

    @Option(help: ArgumentHelp("Where to listen; port 0 picks a free one.", valueName: "address:port"))
    var listen = "127.0.0.1:7333"

    @Option(
        name: .customLong("token"),
        help: ArgumentHelp(
            "The file with the token, created if it is missing. An address that others can reach needs one. (default: the ledger's name with .token)",
            valueName: "file"))
    var tokenFile: String?

    @Option(
        name: .customLong("allow-host"),
        help: ArgumentHelp(
            "A host name, besides its addresses, that this server answers to; repeatable.", valueName: "name"))
    var hosts: [String] = []

    @Flag(name: .customLong("json-log"), help: "Log on stderr as JSON, one object per line.")
    var jsonLog = false

    @Flag(name: .shortAndLong, help: "Say only what went wrong.")
    var quiet = false

    func validate() throws {
        do throws(Failure) { _ = try ListenAddress(listen) } catch {
            throw ValidationError("--listen: \(error.message)")
        }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let listen = try ListenAddress(listen)
                let pipeline = try jail.held(file.pipeline())
                let found = try pipeline.foundStages()
                let plan = pipeline.plan(of: found).watching(for: pipeline)
                let feed = EventFeed(start: Int(millisecondsSince1970()) * 1000)
                let monitor = Monitor(stages: plan.stages.map(\.name), isQuiet: quiet, jsonLog: jsonLog, feed: feed)
                let ledger = try Ledger(path: plan.ledger)
                let driver = try Driver.open(plan, ledger, outlet: nil, isWatched: monitor.isLive)
                let token = try token(of: pipeline, isNeeded: !listen.isLoopback)
                let site = try API(pipeline: pipeline, plan: plan, found: found, feed: feed)
                let server = try Server(listen, site, feed, Gate(token: token?.text, names: hosts))
                monitor.say("listening on http://\(server.address)/")
                if let token { monitor.say("its token is in \(token.path)") }
                defer { server.stop() }
                return try driver.serve(monitor.look)
            })
    }

    private func token(of pipeline: Pipeline, isNeeded: Bool) throws(Failure) -> Token? {
        guard tokenFile != nil || isNeeded else { return nil }
        return try Token(path: tokenFile ?? pipeline.absolute(pipeline.ledger + ".token"))
    }
}
