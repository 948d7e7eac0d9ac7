import ArgumentParser
import PipelineFiles
import Processes
import Wire

/// Reads a pipeline file, finds its programs, and runs nothing.
struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a pipeline file and find its programs, without running it.",
        discussion: """
            Prints the stages, and on stderr every mistake with its line; the exit status is 78 then. What is allowed but \
            unlikely to be intended is reported too, and is not a mistake.

              segue check Pipelines/library.yaml
            """)

    @OptionGroup var output: OutputOption

    @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
    var file: String

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let read = try PipelineFile(at: file)
                let (stages, missing) = read.pipeline?.search() ?? ([], [])
                let mistakes = read.mistakes + missing
                let oddities = mistakes.isEmpty ? stages.oddities : []
                if output.json {
                    output.put(json(stages, mistakes, oddities))
                } else {
                    if mistakes.isEmpty { for line in table(stages) { output.put(line) } }
                    for mistake in mistakes { complain("\(file):\(mistake.line): \(mistake.text)") }
                    for oddity in oddities { complain("\(file):\(oddity.line): warning: \(oddity.text)") }
                }
                return mistakes.isEmpty ? 0 : ExitStatus.configuration.rawValue
            })
    }

    private func json(_ stages: [FoundStage], _ mistakes: [Mistake], _ oddities: [Mistake]) -> JSON {
        var object = JSONObject()
        object["pipeline"] = .string(file)
        object["ok"] = .boolean(mistakes.isEmpty)
        object["stages"] = .array(stages.map(\.json))
        object["mistakes"] = .array(mistakes.map(\.json))
        object["warnings"] = .array(oddities.map(\.json))
        return object.value
    }

    private func table(_ stages: [FoundStage]) -> [String] {
        let width = max("stage".utf8.count, stages.map(\.stage.name.utf8.count).max() ?? 0)
        let head = ["stage", "mode", "replicas", "window", "program"]
        return ([head] + stages.map(\.cells)).map { row($0, width) }
    }

    private func row(_ cells: [String], _ width: Int) -> String {
        let widths = [-width, -"expand".utf8.count, "replicas".utf8.count, "window".utf8.count, 0]
        return zip(cells, widths).map { cell, width in
            let room = String(repeating: " ", count: max(0, abs(width) - cell.utf8.count))
            return width < 0 ? cell + room : room + cell
        }.joined(separator: "  ")
    }
}

extension Mistake {
    fileprivate var json: JSON {
        var object = JSONObject()
        object["line"] = .integer(line)
        object["message"] = .string(text)
        return object.value
    }
}

extension FoundStage {
    fileprivate var cells: [String] {
        [stage.name, stage.mode.rawValue, "\(replicas)", window.map(String.init) ?? "auto", executable.path]
    }

    fileprivate var json: JSON {
        var object = JSONObject()
        object["name"] = .string(stage.name)
        object["program"] = .string(executable.path)
        object["native"] = .boolean(executable.isNative)
        object["mode"] = .string(stage.mode.rawValue)
        object["replicas"] = .integer(replicas)
        object["window"] = window.map(JSON.integer)
        object["kinds"] = kinds.map { .strings($0.sorted()) }
        object["writes"] = .strings(writes)
        object["roles"] = (description?.roles).map { .strings($0.map(\.rawValue).sorted()) }
        return object.value
    }
}
