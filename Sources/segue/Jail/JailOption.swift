import ArgumentParser
import PipelineFiles
import Processes
import Wire

/// The option that says whether stages are held to what they need.
struct JailOption: ParsableArguments {
    enum Use: String, ExpressibleByArgument, CaseIterable { case on, require, off }

    @Option(
        name: .customLong("jail"),
        help: "Hold stages to what they need: on, as far as the kernel can; require, or do not run; off.")
    var use = Use.on

    /// The pipeline with its stages held or not; says so where the kernel cannot hold them.
    ///
    /// - Throws: `no_jail` (`config`) where it cannot, and must.
    func held(_ pipeline: Pipeline) throws(Failure) -> Pipeline {
        var pipeline = pipeline
        pipeline.isJailed = use != .off
        try Self.check(use)
        return pipeline
    }

    /// Says what the kernel cannot do.
    ///
    /// - Throws: `no_jail` (`config`) where that is required.
    static func check(_ use: Use) throws(Failure) {
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
