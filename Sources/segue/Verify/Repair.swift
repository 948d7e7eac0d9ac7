import Files
import Glibc
import Ledger
import Wire

/// Puts what is left of damaged files aside, and their tracks back in the queue.
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
        for damage in damages where damage.kind != .missing { try putAside(damage.path) }
        let requests = try damages.compactMap(\.id).map { id throws(Failure) in
            try Request(Array(id.utf8), first: false)
        }
        try ledger.change(now: milliseconds(), road: pipeline.road) { change in
            for request in requests {
                _ = try change.add(request.record, isCollection: request.isCollection, first: request.isFirst)
            }
        }
        count += damages.count
    }

    /// Nothing is removed: what is left of it may be all that there is.
    private func putAside(_ path: String) throws(Failure) {
        let aside = "\(library)/.segue/damaged/\(path)"
        try makeFolder(folder(of: aside))
        guard rename("\(library)/\(path)", aside) == 0 else { throw fileFailure("cannot move \(path) aside") }
    }
}
