import ArgumentParser
import DriverKit
import Ledger
import PipelineFiles
import Processes
import Wire

/// Adds requests to the queue of a pipeline.
struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add references to a pipeline's queue, whether a driver runs or not.",
        discussion: """
            An item that is already queued stays as it is. One that has ended starts again, and fetches only what is new.

              segue add --pipeline Pipelines/library.yaml --first album:7
              segue add --pipeline Pipelines/library.yaml - < references.txt
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Put them at the front of the queue.")
    var first = false

    @Argument(help: ArgumentHelp("References, or - for a list of them on stdin.", valueName: "ref"))
    var references: [String]

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let catalogs = KnownCatalogs(pipeline)
                var requests = try references.filter { $0 != "-" }.map { reference throws(Failure) in
                    try catalogs.request(Array(reference.utf8), first: first, tell: complain)
                }
                let ledger = try Ledger(path: pipeline.ledger)
                var sums: [Change.Addition: Int] = [:]
                let reader = references.contains("-") ? RequestReader(first: first, catalogs) : nil
                while true {
                    reader?.read()
                    requests += reader?.drain() ?? []
                    for (addition, count) in try add(requests, to: ledger, pipeline) {
                        sums[addition, default: 0] += count
                    }
                    requests = []
                    guard reader?.isOpen == true else { break }
                }
                tell(sums)
                return reader?.hasRefused == true ? ExitStatus.failed.rawValue : 0
            })
    }

    private func add(
        _ requests: [ItemRequest], to ledger: Ledger, _ pipeline: Pipeline
    ) throws(Failure) -> [Change.Addition: Int] {
        guard !requests.isEmpty else { return [:] }
        return try ledger.change(now: millisecondsSince1970(), route: pipeline.route) { change in
            try requests.reduce(into: [:]) { sums, request in
                sums[try change.add(request), default: 0] += 1
            }
        }
    }

    private func tell(_ sums: [Change.Addition: Int]) {
        let (added, again, known) = (sums[.added] ?? 0, sums[.again] ?? 0, sums[.known] ?? 0)
        if output.json {
            var object = JSONObject()
            object["added"] = .integer(added)
            object["again"] = .integer(again)
            object["known"] = .integer(known)
            return output.put(object.value)
        }
        let parts = [
            "\(added) added", again > 0 ? "\(again) restarted" : nil, known > 0 ? "\(known) already queued" : nil
        ]
        output.put(parts.compactMap { $0 }.joined(separator: ", "))
    }
}
