import Files
import Ledger
import Wire

extension FollowTerms {
    /// The terms that a user states, `every` as a time such as 6h.
    ///
    /// - Throws: `bad_parameter` (`permanent`).
    package init(every text: String, mirrors: Bool, mostTrashed: Int?, keep: Int?) throws(Failure) {
        let least = Double(Self.leastInterval) / 1000
        guard let span = TimeSpan(text), span.seconds >= least else {
            throw .permanent("bad_parameter", "every takes \(TimeSpan.form), of at least \(Int(least / 60))m")
        }
        guard mostTrashed ?? 0 >= 0 else { throw .permanent("bad_parameter", "max-trash takes 0 or more") }
        guard keep ?? 1 > 0 else { throw .permanent("bad_parameter", "keep takes a number from 1") }
        self.init(every: Int64(span.seconds * 1000), mirrors: mirrors, mostTrashed: mostTrashed, keep: keep)
    }
}

extension ItemRequest {
    /// Whether it can be followed on these terms.
    ///
    /// - Throws: `bad_ref` (`permanent`) if not, and what ``Record`` throws.
    package func check(for terms: FollowTerms) throws(Failure) {
        let ref = try record.ref ?? ""
        guard isCollection, record.kind == "request" else {
            throw .permanent("bad_ref", "\(WebLink.shown(ref)) is a single track, and only a list can be followed")
        }
        guard FolderPath.path(of: ref) == nil else {
            throw .permanent(
                "bad_ref", "\(ref) is a folder; the pipeline file may name one that is watched, as its inbox")
        }
        guard terms.keep == nil || WebLink.isOne(ref) || ref.hasPrefix("/") else {
            throw .permanent("bad_ref", "\(ref): only of a feed or a list by its link it can be said what is newest")
        }
    }
}
