import Wire

/// A recording that somebody means, and what is held against it.
package struct Wish {
    private let track: Track
    private let isrc: String?
    private let title: Title
    private let titleKey: String

    package init(_ track: Track) {
        self.track = track
        isrc = track.isrc.flatMap(ISRC.folded)
        title = Title(track.title ?? "")
        titleKey = title.key
    }

    // Most of what a search finds has another title: the rest is looked at only where that is the same.
    private var credits: Credits { Credits(track, guests: title.guests) }
    private var album: String? { track.album.map(Spelling.key) }
    private var duration: Double? { track.duration }

    /// Whether what was told says by itself that it is an imitation.
    private var isImitation: Bool {
        title.editions.contains(where: \.isImitation)
            || track.album.map(Edition.tellsImitation(album:)) ?? false
            || ([track.artist].compactMap(\.self) + track.artists).contains(where: Edition.tellsImitation(artist:))
    }

    /// Seconds that the lengths of one recording may differ by, as people tell them.
    private static let tolerance = 5.0

    /// How much a track is the recording that is meant, or what tells it apart.
    package func comparison(with track: Track) -> Comparison {
        let other = Wish(track)
        let distance = duration.flatMap { duration in other.duration.map { abs($0 - duration) } }
        func like(_ tier: Likeness.Tier) -> Comparison {
            let album = album
            return .same(Likeness(tier: tier, sharesAlbum: album != nil && album == other.album, distance: distance))
        }
        if isrc != nil, isrc == other.isrc { return like(.sameISRC) }
        guard titleKey == other.titleKey else { return .other(.title) }
        let credits = credits
        guard let agreement = credits.isEmpty ? .partly : credits.agreement(with: other.credits) else {
            return .other(.artist)
        }
        if other.isImitation, !isImitation { return .other(.imitation) }
        guard let edition = Self.agreement(title.editions, other.title.editions) else { return .other(.edition) }
        if let distance, distance > Self.tolerance { return .other(.length) }
        // What is not sure by the names alone, the length has to say.
        let isSure = distance != nil
        if edition == .nearly, !isSure { return .other(.edition) }
        if agreement == .loosely, !isSure, album == nil || album != other.album { return .other(.artist) }
        if edition == .nearly || agreement == .loosely { return like(.byLength) }
        return like(agreement == .fully && title.hasRemark == other.title.hasRemark ? .exact : .byNames)
    }

    private enum EditionAgreement { case fully, nearly }

    /// Nil where they are different recordings.
    private static func agreement(_ one: Set<Edition>, _ other: Set<Edition>) -> EditionAgreement? {
        if one == other { return .fully }
        for edition in one.symmetricDifference(other) where !edition.isSameRecording || !edition.detail.isEmpty {
            // Where it is told of both, one of them may tell less of it.
            let twins = (one.contains(edition) ? other : one).filter { $0.kind == edition.kind }
            let isLess = twins.contains { $0.detail.isEmpty || edition.detail.isEmpty }
            guard twins.isEmpty ? edition.isSameRecording : isLess else { return nil }
        }
        return .nearly
    }
}

/// What came of holding a track against a wish.
package enum Comparison: Equatable {
    case same(Likeness)
    case other(Difference)
}

/// How much a track is what was meant; the greater the better.
package struct Likeness: Comparable {
    package enum Tier: Comparable { case byLength, byNames, exact, sameISRC }

    let tier: Tier
    let sharesAlbum: Bool
    /// Seconds; nil where one of the lengths is not known.
    let distance: Double?

    package static func < (one: Likeness, other: Likeness) -> Bool {
        if one.tier != other.tier { return one.tier < other.tier }
        if one.sharesAlbum != other.sharesAlbum { return other.sharesAlbum }
        return (one.distance ?? .infinity) > (other.distance ?? .infinity)
    }
}

/// What tells a track from the one that was meant; the greater the nearer they are.
package enum Difference: Int, Comparable {
    case title, artist, imitation, edition, length

    package static func < (one: Difference, other: Difference) -> Bool { one.rawValue < other.rawValue }

    /// What it is, of the other one.
    package var description: String {
        switch self {
        case .title: "has another title"
        case .artist: "is by another artist"
        case .imitation: "is a karaoke version or a cover"
        case .edition: "is another edition, or may be"
        case .length: "has another length"
        }
    }
}
