import Files
import Foundation
import Glibc
import Ledger
import Limiter
import Wire
import Yams

/// A pipeline file: the stages in their order, and what holds for all of them.
struct Pipeline: Equatable {
    /// The ledger's file.
    var ledger = "state/ledger.sqlite"
    /// The folder of files on their way.
    var spool = "state/spool"
    /// Bytes in the spool from which on nothing more is fetched.
    var spoolLimit: Int?
    var retry = Backoff()
    /// Seconds that what is in hand gets to finish when the driver is told to stop.
    var grace = 30.0
    var hosts: [HostLimit] = []
    var stages: [Stage] = []

    /// One stage.
    struct Stage: Equatable {
        var name: String
        /// The program and its arguments.
        var run: [String]
        var mode = StagePlan.Mode.map
        var replicas = 1
        var window = 1
        /// Seconds for one record.
        var timeout = 3600.0
        /// Seconds without progress.
        var stall: Double?
        var retry: Backoff
        /// For programs that do not tell it themselves with `--describe`: the kinds they work on, the sections they write.
        var kinds: [String]?
        var writes: [String]?
    }

    static let maximumBytes = 1 << 20
    static let keys = ["ledger", "spool", "retry", "grace", "hosts", "stages"]
    static let spoolKeys = ["dir", "limit"]
    static let retryKeys = ["attempts", "base", "cap"]
    static let hostKeys = ["parallel", "rate"]
    static let stageKeys = [
        "name", "run", "mode", "replicas", "window", "timeout", "stall", "retry", "kinds", "writes"
    ]

    /// Reads a file; what is wrong with it is said with its line.
    init(file: String) throws(Failure) {
        guard let size = fileSize(file), let data = FileManager.default.contents(atPath: file) else {
            throw .config("no_pipeline", "cannot read the pipeline file \(file): \(String(cString: strerror(errno)))")
        }
        guard size <= Self.maximumBytes else {
            throw .config("bad_pipeline", "\(file): a pipeline file of over a MiB")
        }
        try self.init(text: String(decoding: data, as: UTF8.self), name: file)
    }

    /// `name` is what messages call the file.
    init(text: String, name: String) throws(Failure) {
        let node: Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw .config("bad_pipeline", "\(name): \(Self.words(of: error))")
        }
        guard let node else { throw .config("bad_pipeline", "\(name): the file is empty") }
        let fields = try Fields(node, in: name, what: "the pipeline", keys: Self.keys)
        ledger = try fields.text("ledger") ?? ledger
        if let spool = try fields.fields("spool", keys: Self.spoolKeys) {
            self.spool = try spool.text("dir") ?? self.spool
            spoolLimit = try spool.quantity("limit", as: ByteCount.self)?.bytes
        }
        retry = try Self.backoff(fields, Backoff())
        grace = try fields.quantity("grace", as: Duration.self)?.seconds ?? grace
        hosts = try fields.entries("hosts").map { host, node throws(Failure) in
            let limit = try Fields(node, in: name, what: "the host \(host)", keys: Self.hostKeys)
            let parallel = try limit.integer("parallel", in: 1...1024)
            return HostLimit(host: host, parallel: parallel, rate: try limit.quantity("rate", as: Rate.self)?.perSecond)
        }
        let nodes = try fields.list("stages")
        guard let nodes, !nodes.isEmpty else { throw fields.failure("it has no stages") }
        for node in nodes {
            let stage = try Self.stage(Fields(node, in: name, what: "a stage", keys: Self.stageKeys), retry)
            guard !stages.contains(where: { $0.name == stage.name }) else {
                throw fields.failure("two stages are called \(stage.name)", at: node)
            }
            stages.append(stage)
        }
    }

    private static func stage(_ fields: Fields, _ retry: Backoff) throws(Failure) -> Stage {
        guard let name = try fields.text("name") else { throw fields.failure("it has no name") }
        let isSafe = name.utf8.allSatisfy { $0 == 45 || $0 == 95 || (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) }
        guard isSafe, 1...64 ~= name.utf8.count else {
            throw fields.failure("its name may have letters, digits, - and _, at most 64: \(name)")
        }
        guard let run = try fields.texts("run"), run.first?.isEmpty == false else {
            throw fields.failure("\(name) has no run: [PROGRAM, ARGUMENT, ...]")
        }
        var stage = Stage(name: name, run: run, retry: try backoff(fields, retry))
        if let mode = try fields.text("mode") {
            guard let known = StagePlan.Mode(rawValue: mode) else {
                throw fields.failure("\(name) has the mode \(mode); there are map, expand and batch")
            }
            stage.mode = known
        }
        stage.replicas = try fields.integer("replicas", in: 1...256) ?? 1
        stage.window = try fields.integer("window", in: 1...1024) ?? (stage.mode == .batch ? 64 : 1)
        stage.timeout = try fields.quantity("timeout", as: Duration.self)?.seconds ?? stage.timeout
        stage.stall = try fields.quantity("stall", as: Duration.self)?.seconds
        (stage.kinds, stage.writes) = (try fields.texts("kinds"), try fields.texts("writes"))
        return stage
    }

    private static func backoff(_ fields: Fields, _ standard: Backoff) throws(Failure) -> Backoff {
        guard let retry = try fields.fields("retry", keys: retryKeys) else { return standard }
        return Backoff(
            attempts: try retry.integer("attempts", in: 1...1000) ?? standard.attempts,
            base: try retry.quantity("base", as: Duration.self)?.seconds ?? standard.base,
            cap: try retry.quantity("cap", as: Duration.self)?.seconds ?? standard.cap)
    }

    private static func words(of error: any Error) -> String {
        guard let error = error as? YamlError else { return "\(error)" }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return "\(mark.line): \(problem)"
        case .duplicatedKeysInMapping(let keys, let context): return "\(context.mark.line): \(keys.joined(separator: ", ")) stands there twice"
        default: return "\(error)".replacing("\n", with: " ")
        }
    }
}
