import ArgumentParser
import Catalogue
import Display
import DriverKit
import Files
import Foundation
import Glibc
import Processes
import Wire

/// Reads a library again, and compares it with its catalogue.
struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Read a library again, and report files that are not as they were booked.",
        discussion: """
            One line for each finding: missing, truncated, changed (other bytes, though nothing wrote it since), edited \
            (written after it was booked), unreadable, and stranger (audio that the catalogue knows nothing of). \
            Nothing is changed without --repair, which moves damaged files to .segue/damaged and puts their \
            tracks back in the queue of the pipeline. Edited files and strangers stay. Whom the pipeline file tells of \
            damage hears of it.

              segue verify --library Music
              segue verify --library Music --repair --pipeline Pipelines/library.yaml

            Exit status 0: everything is as it was booked; 1: there is a finding; 78: the catalogue itself is damaged.
            """)

    @Option(help: ArgumentHelp("The library's folder.", valueName: "dir"), completion: .directory)
    var library: String

    @Option(help: ArgumentHelp("Files read at once. (default: the number of processors)", valueName: "n"))
    var jobs: Int?

    @Flag(help: "Put what can be fetched again back in the queue.")
    var repair = false

    @Option(
        help: ArgumentHelp(
            "The pipeline to repair by and to tell by, if not the one that SEGUE_PIPELINE names.", valueName: "file"),
        completion: .file(extensions: ["yaml", "yml"]))
    var pipeline: String?

    @OptionGroup var output: OutputOption

    private static let page = 256

    func validate() throws {
        guard parallelRange.contains(jobs ?? 1) else {
            throw ValidationError("--jobs takes 1 to \(parallelRange.upperBound)")
        }
        guard !repair || pipeline ?? Environment["SEGUE_PIPELINE"] != nil else {
            throw ValidationError("--repair needs the pipeline; give --pipeline FILE, or set SEGUE_PIPELINE")
        }
    }

    func run() throws {
        throw ExitCode(
            leaving { () throws(Failure) in
                let root = absolute(library)
                guard access("\(root)/.segue/catalogue.sqlite", F_OK) == 0 else {
                    throw .config("catalogue", "there is no catalogue in \(root); is it a library that record wrote?")
                }
                let file = pipeline ?? Environment["SEGUE_PIPELINE"]
                let catalogue = try Catalogue(library: root, readOnly: true)
                let mender = try file.flatMap { file throws(Failure) in
                    try Repair(catalogue, pipeline: file, mends: repair)
                }
                let counts = try inspect(catalogue, mender)
                return counts.isEmpty ? 0 : ExitStatus.failed.rawValue
            })
    }

    /// How often there was each finding.
    private func inspect(_ catalogue: Catalogue, _ repair: Repair?) throws(Failure) -> [Damage.Kind: Int] {
        let start = monotonicNanoseconds()
        try catalogue.checkIntegrity()
        let inspection = Inspection(catalogue, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount)
        let screen = output.json ? nil : Screen()
        let extent = try catalogue.extent()
        var (counts, known, read): ([Damage.Kind: Int], Set<Int>, (files: Int, bytes: Int)) = ([:], [], (0, 0))
        func tell(_ damage: Damage) {
            counts[damage.kind, default: 0] += 1
            screen?.clear()
            output.put(damage.json, or: [damage.line])
        }
        var last = ""
        while case let files = try catalogue.files(after: last, limit: Self.page), let end = files.last {
            last = end.id
            let damages = try inspection.inspect(files)
            damages.forEach(tell)
            try repair?.mend(damages.filter(\.kind.isMended))
            known.formUnion(files.map(\.path.utf8Hash))
            read = (read.files + files.count, read.bytes + files.reduce(0) { $0 + $1.bytes })
            screen?.draw([
                StyledLine("\(read.files)/\(extent.files) files  \(sizeText(read.bytes)) of \(sizeText(extent.bytes))")
            ])
        }
        screen?.clear()
        try catalogue.eachLink { known.insert($0.utf8Hash) }
        inspection.eachStranger(excluding: known, tell)
        let words = Damage.Kind.allCases.compactMap { kind in counts[kind].map { "\($0) \(kind.rawValue)" } }
        let time = durationText(Double(monotonicNanoseconds() - start) / 1e9)
        complain(
            "\(read.files) files, \(sizeText(read.bytes)) in \(time): "
                + (words.isEmpty ? "all as they were booked" : words.joined(separator: ", ")))
        if let count = repair?.count, count > 0 { complain("\(count) back in the queue; segue run fetches them") }
        return counts
    }
}
