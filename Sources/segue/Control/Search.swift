import ArgumentParser
import Files
import Processes
import Wire

/// Searches the catalogs for references.
struct Search: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "search",
        abstract: "Search the pipeline's catalogs.",
        discussion: """
            Asks the first stage with the role search, such as resolve. Each line begins with a reference, which segue \
            run and segue add take:

              segue search --type album 'kind of blue'
              segue search --json miles | jq -r .ref | segue add -

            Exit status 1: nothing was found.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var jail: JailOption
    @OptionGroup var output: OutputOption

    @Option(name: .customLong("type"), help: "What to search for.")
    var kind = Reference.Kind.track

    @Option(help: ArgumentHelp("Results from each catalog, at most.", valueName: "n"))
    var limit = 25

    @Argument(help: "The text.")
    var text: [String]

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let pipeline = try jail.held(file.pipeline())
                let stage = try pipeline.stage(.search, in: try pipeline.foundStages())
                let program = try Executable(stage.searching(text.joined(separator: " "), kind, limit: limit))
                let pipe = try PlainPipe(
                    [(program, stage.jail(asking: []))], environment: pipeline.askingEnvironment)
                var count = 0
                let isWhole = try pipe.run([], try Signals()) { line in
                    guard case .text(let text) = line, let record = try? Record(line: text) else { return }
                    count += 1
                    output.put(record.value, or: [Self.line(record)])
                }
                return !isWhole ? ExitStatus.later.rawValue : count == 0 ? ExitStatus.failed.rawValue : 0
            })
    }

    private static func line(_ record: Record) -> String {
        let track = record["track"]?.object
        let collection = record["collection"]?.object
        let facts = [
            track?["title"] ?? collection?["title"], track?["artist"] ?? collection?["creator"], track?["album"]
        ]
        return ([record.id] + facts.compactMap { $0?.string }).joined(separator: "  ")
    }
}

extension Reference.Kind: ExpressibleByArgument {}
