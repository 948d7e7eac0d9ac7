import Lists

/// Which episodes of a feed are taken.
struct EpisodeChoice {
    /// `YYYY-MM-DD`: those of that day and later.
    var since: String?
    /// The newest.
    var last: Int?
}

/// Passes entries on, or keeps those that may turn out to be among the newest.
struct EpisodeSelection {
    private let choice: EpisodeChoice
    private var kept: [ListEntry] = []
    /// Those of which nothing tells when they came out.
    private var (undated, firstUndated) = (0, "")

    init(choice: EpisodeChoice) { self.choice = choice }

    mutating func take(_ entry: ListEntry) -> ListEntry? {
        if let since = choice.since {
            guard let date = entry.releaseDate else {
                leaveOut(entry)
                return nil
            }
            // What is known of it in part may be of that day.
            if date < since.prefix(date.utf8.count) { return nil }
        }
        if choice.last == nil { return entry }
        kept.append(entry)
        return nil
    }

    /// The newest, in the feed's own order.
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

    /// What was left out though it may have been meant, for people.
    var remarks: [String] {
        guard undated > 0 else { return [] }
        let option = choice.since == nil ? "--last takes for the oldest" : "--since leaves out"
        let others = undated == 1 ? "" : " and \(undated - 1) more"
        return ["nothing tells the date of \(firstUndated)\(others), which \(option)"]
    }
}
