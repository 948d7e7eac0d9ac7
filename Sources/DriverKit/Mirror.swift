import Processes
import Wire

/// Tracks that left lists and would go to the trash, and whether they may.
struct Mirror {
    struct List {
        let id: String
        /// How many tracks it had before.
        let known: Int
        /// How many tracks it lists now; `isComplete` says whether those are all that it announced.
        let told: Int
        let isComplete: Bool
        /// Tracks that left it and are in no other list, but have a file in the library.
        let leaving: [String]
    }

    let lists: [List]
    /// How many may go, if the user said so.
    let limit: Int?

    /// Without such a limit, no more than 20 tracks may go, and no more than a fifth of a list.
    static let (usual, share) = (20, 5)

    /// All tracks that would go, sorted, each once.
    var leaving: [String] { Set(lists.flatMap(\.leaving)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// Why nothing is thrown away; nil if all may go.
    var refusal: String? {
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

    private func advice(_ count: Int) -> String { "if that is right, give --max-trash \(count)" }
}
