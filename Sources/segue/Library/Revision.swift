import Files
import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

/// A pass of a library's tracks through its programs, and the totals of what happened to them.
struct Revision {
    let stages: LibraryStages
    private let ledger: String
    private let environment: [String: String]
    let isPlan: Bool
    let output: OutputOption
    private(set) var changed = 0
    private(set) var same = 0
    private(set) var failed = 0

    init(_ pipeline: Pipeline, _ role: Role, isPlan: Bool, _ output: OutputOption) throws(Failure) {
        stages = try LibraryStages(pipeline, for: role)
        (ledger, environment) = (pipeline.ledger, pipeline.stageEnvironment)
        (self.isPlan, self.output) = (isPlan, output)
    }

    /// Runs the programs, and shows what `describe` makes of each record: a change as an object and a line, or nothing.
    ///
    /// Returns false if a signal asked to stop.
    mutating func run(describe: (Record) -> (object: JSONObject, line: String)?) throws(Failure) -> Bool {
        let pipe = try PlainPipe(try stages.revising(isPlan: isPlan), environment: environment)
        let output = output
        var (changed, same, failures) = (0, 0, [String]())
        var revised: [(id: String, placed: Placed)] = []
        let isWhole = try pipe.run([], try Signals()) { line in
            guard case .text(let text) = line, let record = try? Record(line: text) else { return }
            if record.kind == "error" {
                let message = record["message"]?.string ?? "it failed"
                failures.append(message)
                output.put(record.value, or: ["failed  \(record.id): \(message)"])
            } else if let change = describe(record) {
                changed += 1
                if !isPlan, let placed = try? record.placed { revised.append((record.id, placed)) }
                output.put(change.object.value, or: [change.line])
            } else {
                same += 1
            }
        }
        (self.changed, self.same, failed) = (changed, same, failures.count)
        // A failure was already reported with its record.
        for note in pipe.notes(of: stages.reviserName) where !failures.contains(where: { note.hasSuffix($0.harmless) })
        {
            complain(note)
        }
        try tellLedger(of: revised)
        return isWhole
    }

    /// Updates the paths that the queue shows for tracks that have ended.
    private func tellLedger(of revised: [(id: String, placed: Placed)]) throws(Failure) {
        guard !revised.isEmpty, access(ledger, F_OK) == 0 else { return }
        let ledger = try Ledger(path: ledger)
        for start in stride(from: 0, to: revised.count, by: 1000) {
            try ledger.change(now: millisecondsSince1970()) { change in
                for (id, placed) in revised.dropFirst(start).prefix(1000) { try change.keep(placed, of: id) }
            }
        }
    }

    /// Writes the totals to stderr, and returns the exit status.
    func end(_ done: String, planned: String, isWhole: Bool) -> Int32 {
        let parts = ["\(changed) \(isPlan ? planned : done)", "\(same) as they are"]
        complain((parts + (failed > 0 ? ["\(failed) failed"] : [])).joined(separator: ", "))
        return !isWhole ? ExitStatus.later.rawValue : failed > 0 ? ExitStatus.failed.rawValue : 0
    }
}
