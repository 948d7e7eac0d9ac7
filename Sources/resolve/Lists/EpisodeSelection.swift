import Lists

/// Selects the episodes of a feed that are taken.
struct EpisodeChoice {
    /// `YYYY-MM-DD`: only episodes of that day and later.
    var since: String?
    /// How many of the newest episodes are taken.
    var last: Int?
}

/// Passes entries on, or keeps those that may be among the newest until all are known.
struct EpisodeSelection {
    private let choice: EpisodeChoice
    private var kept: [ListEntry] = []
    /// How many entries have no date.
    private var (undated, firstUndated) = (0, "")

    init(choice: EpisodeChoice) { self.choice = choice }

    mutating func take(_ entry: ListEntry) -> ListEntry? {
        if let since = choice.since {
            guard let date = entry.releaseDate else {
                leaveOut(entry)
                return nil
            }
            // An incomplete date may include that day.
            if date < since.prefix(date.utf8.count) { return nil }
        }
        if choice.last == nil { return entry }
        kept.append(entry)
        return nil
    }

    /// The newest entries, in the feed's own order.
    mutating func rest() -> [ListEntry] {
        let newest = kept.enumerated().sorted {
            ($1.element.releaseDate ?? "", $0.offset) < ($0.element.releaseDate ?? "", $1.offset)
        }
        let count = choice.last ?? 0
        for (_, entry) in newest.dropFirst(count) where entry.releaseDate == nil { leaveOut(entry) }
        return newest.prefix(count).sorted { $0.offset < $1.offset }.map(\.element)
    }

    private mutating func leaveOut(_ entry: ListEntry) {
        if undated == 0 { firstUndated = String((entry.title ?? entry.location ?? "").prefix(80)) }
        undated += 1
    }

    /// Notes on entries that were left out for lack of a date.
    var remarks: [String] {
        guard undated > 0 else { return [] }
        let option = choice.since == nil ? "--last takes to be the oldest" : "--since leaves out"
        let others = undated == 1 ? "" : " and \(undated - 1) more"
        return ["no date is known for \(firstUndated)\(others), which \(option)"]
    }
}
