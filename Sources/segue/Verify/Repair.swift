import DriverKit
import Files
import Ledger
import PipelineFiles
import Wire

/// Tells those whom a pipeline file names of damaged files, and, if asked to, moves them aside and puts their tracks back in the
/// queue.
final class Repair {
    private let inspection: Inspection
    private let pipeline: Pipeline
    private let ledger: Ledger
    private let mends: Bool
    private(set) var count = 0

    /// Nil where there is nothing to mend and nobody to tell.
    init?(library: String, pipeline path: String, mends: Bool) throws(Failure) {
        inspection = Inspection(library: realPath(library) ?? library, jobs: 1)
        pipeline = try Pipeline(file: path)
        self.mends = mends
        guard mends || pipeline.recipients.contains(where: { $0.occasions.contains(.damaged) }) else { return nil }
        ledger = try Ledger(path: pipeline.ledger)
    }

    func mend(_ damages: [Damage]) throws(Failure) {
        guard !damages.isEmpty else { return }
        let requests = mends ? try inspection.putAside(damages) : []
        try ledger.change(now: millisecondsSince1970(), route: pipeline.route) { change in
            for request in requests { _ = try change.add(request) }
            for damage in damages { try change.tell(.damaged, damage.object) }
        }
        count += requests.count
    }
}
