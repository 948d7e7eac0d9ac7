import ArgumentParser
import PipelineFiles
import Processes
import Wire

extension JailUse: ExpressibleByArgument {}

/// The option that says whether stages are held to what they need.
struct JailOption: ParsableArguments {
    @Option(
        name: .customLong("jail"),
        help: ArgumentHelp(
            "Hold stages to what they need: on, as far as the kernel can; require, or do not run; off (the pipeline file's jail, else on).",
            valueName: "use"))
    var use: JailUse?

    /// The pipeline with its stages held or not; says so where the kernel cannot hold them.
    ///
    /// - Throws: `no_jail` (`config`) where it cannot, and must.
    func held(_ pipeline: Pipeline) throws(Failure) -> Pipeline {
        var pipeline = pipeline
        pipeline.jail = use ?? pipeline.jail
        try Self.check(pipeline.jail)
        return pipeline
    }

    /// What one of our own stages is held to, where no pipeline file tells of it; nil for nothing.
    ///
    /// - Throws: what ``held(_:)`` and ``Description`` throw.
    func holding(_ stage: Executable) throws(Failure) -> Jail? {
        try Self.check(use ?? .on)
        return use == .off ? nil : Jail(try Description(of: stage).needs ?? Needs(), isNative: true)
    }

    /// Says what the kernel cannot do.
    ///
    /// - Throws: `no_jail` (`config`) where that is required.
    static func check(_ use: JailUse) throws(Failure) {
        if use == .off { return }
        if use == .require, Jail.version < Jail.wholeVersion {
            throw .config("no_jail", "\(lack), and nothing is to run without")
        }
        if Jail.version == 0 { complain("\(lack): stages can use every file that you can") }
    }

    private static var lack: String {
        Jail.version == 0
            ? "this kernel has no Landlock"
            : "this kernel's Landlock, version \(Jail.version), holds no signals: that takes version \(Jail.wholeVersion)"
    }
}
