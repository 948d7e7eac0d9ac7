import ArgumentParser
import Processes
import Wire

/// Gives the files of a library the names that they would get now.
struct Move: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "move",
        abstract: "Rename the files of a library after a change of the template; nothing is fetched.",
        discussion: """
            Every track in the catalogue gets the name that the pipeline's stage with the role move, such as place, \
            would give it now. Lyrics, covers and artists' pictures move along, empty folders are removed, and playlist \
            files are rewritten. The old template moves everything back.

              segue move --pipeline Pipelines/library.yaml --dry-run

            Exit status 1: a file could not be moved, and stays where it was.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption
    @OptionGroup var jail: JailOption

    @Flag(help: "Only say what would be moved.")
    var dryRun = false

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                var revision = try Revision(jail.held(file.pipeline()), .move, isPlan: dryRun, output)
                let stages = revision.stages
                let isWhole = try revision.run { record in
                    guard let placed = record["placed"]?.object, let from = placed["from"]?.string,
                        let to = placed["path"]?.string
                    else { return nil }
                    var object = JSONObject()
                    object["id"] = .string(record.id)
                    object["from"] = .string(stages.relativePath(from))
                    object["to"] = .string(stages.relativePath(to))
                    return (object, "\(stages.relativePath(from)) -> \(stages.relativePath(to))")
                }
                return revision.end("moved", planned: "to move", isWhole: isWhole)
            })
    }
}
