import ArgumentParser
import DriverKit
import Ledger
import Processes
import Wire

struct Clear: ParsableCommand, ChoosingCommand {
    static let states = State.allCases.filter(\.isFinal)

    static let configuration = CommandConfiguration(
        commandName: "clear",
        abstract: "Forget finished items.",
        discussion: """
            The files stay, and segue add brings an item back. Failed items stay unless they are named, or --state failed \
            is given. A list is forgotten together with its members, once all of them may be; members are never \
            forgotten by themselves. It says what stays, and why.

              segue clear --pipeline Pipelines/library.yaml --all
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption
    @OptionGroup var selection: SelectionOption<Clear>

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                var (count, staying) = (0, Staying())
                for selection in try selection.selections(in: ledger, of: pipeline) {
                    let cleared = try ledger.clear(selection, route: pipeline.route, now: millisecondsSince1970())
                    count += cleared.count
                    staying += try ledger.staying(selection)
                    guard !cleared.swept.isEmpty else { continue }
                    try SpoolFolder(path: pipeline.absolute(pipeline.spool)).sweep(cleared.swept)
                }
                ledger.settle()
                output.put(staying.json(forgotten: count), or: staying.lines(forgotten: count))
                return 0
            })
    }
}

extension Staying {
    /// Text for people: how many items were forgotten, then which stay, why, and what to do.
    func lines(forgotten count: Int) -> [String] {
        let reasons = [
            Self.text(members, "1 stays: it belongs to a list", "stay: they belong to lists"),
            Self.text(holding, "1 list stays: something in it failed", "lists stay: something in them failed"),
            Self.text(
                unfinished, "1 is not at its end: segue cancel ends it", "are not at their end: segue cancel ends them")
        ]
        let first = (["\(count) forgotten"] + reasons.compactMap(\.self)).joined(separator: "; ")
        guard members + holding > 0, !lists.isEmpty else { return [first] }
        return [first, "segue clear ID forgets a list with all that is in it:"]
            + lists.map { "  " + [$0.id, $0.title].compactMap(\.self).joined(separator: "  ") }
    }

    private static func text(_ count: Int, _ one: String, _ many: String) -> String? {
        count == 0 ? nil : count == 1 ? one : "\(count) \(many)"
    }

    func json(forgotten count: Int) -> JSON {
        var object = JSONObject()
        object["items"] = .integer(count)
        for (name, count) in [("members", members), ("holding", holding), ("unfinished", unfinished)] where count > 0 {
            object[name] = .integer(count)
        }
        object["lists"] = lists.isEmpty ? nil : .strings(lists.map(\.id))
        return object.value
    }
}
