import ArgumentParser
import Processes
import Wire

/// Rewrites the tags of a library's files.
struct Retag: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retag",
        abstract: "Rewrite the tags of a library's files from its catalogue, and add missing covers.",
        discussion: """
            What the catalogue knows of a track overwrites what its file says; everything else in the file stays, and a \
            file that already agrees is not touched. To change the catalogue itself, put a filter into a pipe:

              segue retag --pipeline Pipelines/library.yaml --dry-run
              record --library Music --tracks | jq -c '.track.genres = ["Jazz"]' | place --library Music --retag | record --library Music

            Exit status 1: a file could not be written, and is unchanged.
            """)

    @OptionGroup var file: PipelineOption
    @OptionGroup var output: OutputOption
    @OptionGroup var jail: JailOption

    @Flag(help: "Only say what would be changed.")
    var dryRun = false

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                var revision = try Revision(jail.held(file.pipeline()), .retag, isPlan: dryRun, output)
                let stages = revision.stages
                let isWhole = try revision.run { record in
                    guard let placed = record["placed"]?.object, let path = placed["path"]?.string,
                        let changes = placed["changes"]?.object
                    else { return nil }
                    var object = JSONObject()
                    object["id"] = .string(record.id)
                    object["path"] = .string(stages.relativePath(path))
                    object["changes"] = changes.value
                    return (object, stages.relativePath(path) + "  " + Self.line(of: changes))
                }
                return revision.end("retagged", planned: "to retag", isWhole: isWhole)
            })
    }

    private static func line(of changes: JSONObject) -> String {
        changes.names.map { name in
            let sides = changes[name]?.elements.map { side in
                side.elements.compactMap(\.string).map(shortened).joined(separator: "; ")
            }
            return "\(name): \(sides?.first ?? "") -> \(sides?.last ?? "")"
        }.joined(separator: ", ")
    }

    private static func shortened(_ text: String) -> String {
        let line = text.replacing("\n", with: " ")
        return line.count > 40 ? line.prefix(40) + "…" : line
    }
}
