import Files
import Glibc
import Ledger
import PipelineFiles
import Wire

/// Moves damaged files aside, and puts their tracks back in the queue.
final class Repair {
    private let library: String
    private let pipeline: Pipeline
    private let ledger: Ledger
    private(set) var count = 0

    init(library: String, pipeline path: String) throws(Failure) {
        self.library = realPath(library) ?? library
        pipeline = try Pipeline(file: path)
        ledger = try Ledger(path: pipeline.ledger)
    }

    func mend(_ damages: [Damage]) throws(Failure) {
        guard !damages.isEmpty else { return }
        let aside = Aside(library: library, folder: Aside.damaged)
        // What is left of it may be the only copy.
        for damage in damages where damage.kind != .missing { _ = try aside.take(damage.path) }
        let requests = damages.compactMap(\.id).map(ItemRequest.init(id:))
        try ledger.change(now: millisecondsSince1970(), route: pipeline.route) { change in
            for request in requests { _ = try change.add(request) }
        }
        count += damages.count
    }
}
