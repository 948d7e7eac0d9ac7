import ArgumentParser
import Display
import Ledger
import Processes
import Wire

/// Shows what `tell` has not sent yet.
struct Notices: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notices",
        abstract: "Show the notices that were not sent yet: for whom, about what, why not, and when the next try is.",
        discussion: """
            Whom tell: in the pipeline file names. With --send, a recipient is tried again at once: by the driver that runs, \
            else by the next one.

              segue notices --pipeline Pipelines/library.yaml
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption

    @Flag(help: "Have them sent at once.")
    var send = false

    @Flag(help: "Drop them; it takes the name of a recipient.")
    var drop = false

    @Argument(help: "Only those for this recipient.")
    var recipient: String?

    func validate() throws {
        if send, drop { throw ValidationError("give --send or --drop") }
        if drop, recipient == nil { throw ValidationError("--drop takes the name of a recipient; try: --drop phone") }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try file.pipeline()
                let ledger = try Ledger(path: pipeline.ledger)
                let standing = try ledger.standingNotices(for: recipient)
                let known = pipeline.recipients.map(\.stage.name)
                if let recipient, standing.isEmpty, !known.contains(recipient) {
                    let names = known.isEmpty ? "tell: names nobody" : "tell: names \(known.joined(separator: ", "))"
                    throw .config("no_recipient", "nothing waits for \(recipient.harmless), and \(names)")
                }
                if send || drop {
                    let count = try ledger.change(now: millisecondsSince1970()) { change in
                        try drop ? change.drop(for: recipient ?? "") : change.sendNow(to: recipient)
                    }
                    output.put(JSON.items(count), or: ["\(count) \(drop ? "dropped" : "to be sent")"])
                    return 0
                }
                if standing.isEmpty { complain("no notice waits") }
                for notice in standing {
                    if output.json { output.put(notice.json) } else { notice.lines.forEach { output.put($0) } }
                }
                return 0
            })
    }
}
