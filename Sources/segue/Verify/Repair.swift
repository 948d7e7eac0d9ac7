import Catalogue
import DriverKit
import Files
import Glibc
import Ledger
import PipelineFiles
import Wire

/// Tells those whom a pipeline file names, and its ledger, of damaged files, and, if asked to, moves them aside and puts their
/// tracks back in the queue.
final class Repair {
    private let inspection: Inspection
    private let pipeline: Pipeline
    private let ledger: Ledger
    private let mends: Bool
    private(set) var count = 0

    /// Nil where there is nothing to mend, nobody to tell, and no ledger that may be written to.
    init?(_ catalogue: Catalogue, pipeline path: String, mends: Bool) throws(Failure) {
        inspection = Inspection(catalogue, jobs: 1)
        pipeline = try Pipeline(file: path)
        self.mends = mends
        let isTold = pipeline.recipients.contains { $0.occasions.contains(.damaged) }
        guard mends || isTold || access(pipeline.ledger, W_OK) == 0 else { return nil }
        ledger = try Ledger(path: pipeline.ledger)
    }

    func mend(_ damages: [Damage]) throws(Failure) {
        guard !damages.isEmpty else { return }
        let requests = mends ? try inspection.putAside(damages) : []
        try ledger.change(now: millisecondsSince1970(), route: pipeline.route) { change in
            for request in requests { _ = try change.add(request) }
            try change.note(damages, isQueued: mends)
        }
        count += requests.count
    }
}
