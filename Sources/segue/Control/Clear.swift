import ArgumentParser
import Ledger
import Wire

struct Clear: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Forget items at their end.",
        discussion: """
            The files stay, and segue add brings an item back. What failed stays unless it is named, or --state failed \
            is given; a list goes with its members when all of them may go.

              segue clear --pipeline Pipelines/library.yaml --all
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption
    @OptionGroup var selection: SelectionOption

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                var count = 0
                for selection in try selection.selections(in: ledger) {
                    let cleared = try ledger.clear(selection, road: pipeline.road, now: milliseconds())
                    count += cleared.count
                    guard !cleared.swept.isEmpty else { continue }
                    try SpoolFolder(path: pipeline.absolute(pipeline.spool)).sweep(cleared.swept)
                }
                if output.json {
                    var object = JSONObject()
                    object["items"] = .integer(count)
                    output.put(object.value)
                } else {
                    output.put("\(count) forgotten")
                }
                return 0
            })
    }
}
