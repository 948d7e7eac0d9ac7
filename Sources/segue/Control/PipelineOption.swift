import ArgumentParser
import PipelineFiles
import Processes
import Wire

/// The option that names the pipeline file, and with it the ledger.
struct PipelineOption: ParsableArguments {
    @Option(
        name: .customLong("pipeline"),
        help: ArgumentHelp("The pipeline file, if not the one that SEGUE_PIPELINE names.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var path: String?

    func validate() throws {
        guard path ?? Environment["SEGUE_PIPELINE"] != nil else {
            throw ValidationError(
                "no pipeline is named; give --pipeline FILE, such as Pipelines/library.yaml, or set SEGUE_PIPELINE")
        }
    }

    func pipeline() throws(Failure) -> Pipeline {
        try Pipeline(file: path ?? Environment["SEGUE_PIPELINE"] ?? "")
    }
}
