import Wire

/// What lists contain when they are requested again.
struct Inquiry {
    /// One list, as far as it was read.
    struct List {
        fileprivate(set) var tracks: [String] = []
        /// What its `done` said; nil if it was not read to its end.
        fileprivate(set) var end: (told: Int, announced: Int?)?

        var isComplete: Bool { end.map { $0.told >= $0.announced ?? 0 } ?? false }

        /// The members that the catalogue would have then: positions not listed stay, as far as `record` keeps them.
        func members(after before: [String]) -> [String] {
            let kept = end.map { max($0.told, $0.announced ?? 0) } ?? before.count
            return tracks + before.prefix(kept).dropFirst(tracks.count)
        }
    }

    /// The lists by id.
    private(set) var lists: [String: List] = [:]
    private(set) var errors: [String] = []
    /// False if a signal cut the answers short.
    var isWhole = true

    mutating func add(_ record: Record) {
        if record.kind == "error" { errors.append("\(record.id): \(record["message"]?.string ?? "it failed")") }
        if let parent = record.parent {
            let other = (try? record.carried?.placed)?.sameAs
            lists[parent, default: List()].tracks.append(other ?? record.id)
        } else if record.kind == "done" {
            let told = lists[record.id]?.tracks.count ?? 0
            lists[record.id, default: List()].end = (told, record["total"]?.integer)
        }
    }
}
