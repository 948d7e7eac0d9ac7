import Catalogue
import Files
import FoundationEssentials
import Wire

/// Tracks that left lists and would go to the trash, and whether they may.
package struct Mirror {
    package struct List {
        package let id: String
        /// How many tracks it had before.
        package let known: Int
        /// How many tracks it lists now; `isComplete` says whether those are all that it announced.
        package let told: Int
        package let isComplete: Bool
        /// Tracks that left it and are in no other list, but have a file in the library.
        package let leaving: [String]

        package init(id: String, known: Int, told: Int, isComplete: Bool, leaving: [String]) {
            (self.id, self.known, self.told) = (id, known, told)
            (self.isComplete, self.leaving) = (isComplete, leaving)
        }
    }

    let lists: [List]
    /// How many may go, if the user said so.
    let limit: Int?

    package init(lists: [List], limit: Int?) { (self.lists, self.limit) = (lists, limit) }

    /// Without such a limit, no more than 20 tracks may go, and no more than a fifth of a list.
    static let (usual, share) = (20, 5)

    /// All tracks that would go, sorted, each once.
    package var leaving: [String] {
        Set(lists.flatMap(\.leaving)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Why nothing is thrown away; nil if all may go.
    package var refusal: String? {
        if let list = lists.first(where: { !$0.isComplete }) {
            return "\(list.id) told fewer tracks than it announced, or failed"
        }
        if let list = lists.first(where: { $0.told == 0 && !$0.leaving.isEmpty }) { return "\(list.id) is empty now" }
        let count = leaving.count
        if let limit { return count > limit ? "\(count) tracks would go; \(advice(count))" : nil }
        if let list = lists.first(where: { $0.leaving.count * Self.share > $0.known }) {
            return "\(list.leaving.count) of the \(list.known) tracks of \(list.id) would go; \(advice(count))"
        }
        return count > Self.usual ? "\(count) tracks would go; \(advice(count))" : nil
    }

    /// Durably moves all that would go to the trash, one after the other; `tell` hears of each.
    ///
    /// - Throws: what ``Catalogue`` and ``Trash`` throw.
    package func carryOut(in catalogue: Catalogue, tell: (String) -> Void) throws(Failure) {
        let (trash, trashed) = (Trash(library: catalogue.library), try catalogue.trashed())
        for id in leaving {
            if let track = try catalogue.track(id: id) {
                let files = try isOfAnother(track, in: catalogue) ? [] : try trash.move(track, beside: trashed)
                try catalogue.change(now: Self.now) { change throws(Failure) in
                    try change.trash(id, files)
                    try change.forgetDepartures()
                }
            }
            tell(id)
        }
    }

    /// Whether the file at a track's path is another track's by now.
    private func isOfAnother(_ track: CataloguedTrack, in catalogue: Catalogue) throws(Failure) -> Bool {
        guard case .missing(let placed) = try catalogue.standing(id: track.id) else { return false }
        return fileSize(placed.path) != nil
    }

    /// The current time, in the catalogue's format.
    package static var now: String { Date.now.formatted(.iso8601) }

    private func advice(_ count: Int) -> String { "if that is right, give --max-trash \(count)" }
}
