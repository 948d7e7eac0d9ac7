import Wire

/// A recording that a user means, to compare tracks with.
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

    // Most search results have another title: the rest is compared only where the title is the same.
    private var credits: Credits { Credits(track, guests: title.guests) }
    private var album: String? { track.album.map(Spelling.key) }
    private var duration: Double? { track.duration }

    /// Whether the wish itself says that it is an imitation.
    private var isImitation: Bool {
        title.editions.contains(where: \.isImitation)
            || track.album.map(Edition.tellsImitation(album:)) ?? false
            || ([track.artist].compactMap(\.self) + track.artists).contains(where: Edition.tellsImitation(artist:))
    }

    /// Seconds by which stated lengths of one recording may differ.
    private static let tolerance = 5.0

    /// How well a track matches the recording that is meant, or what distinguishes it.
    package func comparison(with track: Track) -> Comparison {
        let other = Wish(track)
        let distance = duration.flatMap { duration in other.duration.map { abs($0 - duration) } }
        func like(_ tier: Likeness.Tier) -> Comparison {
            let album = album
            return .same(Likeness(tier: tier, sharesAlbum: album != nil && album == other.album, distance: distance))
        }
        // Another id proves nothing: MusicBrainz merges recordings, and has some twice.
        if let id = self.track.musicBrainz.recording, id == track.musicBrainz.recording { return like(.sameRecording) }
        if isrc != nil, isrc == other.isrc { return like(.sameISRC) }
        guard titleKey == other.titleKey else { return .other(.title) }
        let credits = credits
        guard let agreement = credits.isEmpty ? .partly : credits.agreement(with: other.credits) else {
            return .other(.artist)
        }
        if other.isImitation, !isImitation { return .other(.imitation) }
        guard let edition = Self.agreement(title.editions, other.title.editions) else { return .other(.edition) }
        if let distance, distance > Self.tolerance { return .other(.length) }
        // Where names alone are not conclusive, the length decides.
        let isSure = distance != nil
        if edition == .nearly, !isSure { return .other(.edition) }
        if agreement == .loosely, !isSure, album == nil || album != other.album { return .other(.artist) }
        if edition == .nearly || agreement == .loosely { return like(.byLength) }
        return like(agreement == .fully && title.hasRemark == other.title.hasRemark ? .exact : .byNames)
    }

    private enum EditionAgreement { case fully, nearly }

    /// How far two sets of editions agree; nil where they are different recordings.
    private static func agreement(_ one: Set<Edition>, _ other: Set<Edition>) -> EditionAgreement? {
        if one == other { return .fully }
        for edition in one.symmetricDifference(other) where !edition.isSameRecording || !edition.detail.isEmpty {
            // Where both have an edition, one may give less detail.
            let twins = (one.contains(edition) ? other : one).filter { $0.kind == edition.kind }
            let isLess = twins.contains { $0.detail.isEmpty || edition.detail.isEmpty }
            guard twins.isEmpty ? edition.isSameRecording : isLess else { return nil }
        }
        return .nearly
    }
}

/// The result of comparing a track with a wish.
package enum Comparison: Equatable {
    case same(Likeness)
    case other(Difference)
}

/// How well a track matches what was meant; greater is better.
package struct Likeness: Comparable {
    package enum Tier: Comparable { case byLength, byNames, exact, sameISRC, sameRecording }

    let tier: Tier
    let sharesAlbum: Bool
    /// The difference of the lengths in seconds; nil where one of them is not known.
    let distance: Double?

    var evidence: Match.Evidence {
        switch tier {
        case .sameRecording: .recordingID
        case .sameISRC: .isrc
        case .exact, .byNames: .names
        case .byLength: .length
        }
    }

    package static func < (one: Likeness, other: Likeness) -> Bool {
        if one.tier != other.tier { return one.tier < other.tier }
        if one.sharesAlbum != other.sharesAlbum { return other.sharesAlbum }
        return (one.distance ?? .infinity) > (other.distance ?? .infinity)
    }
}

/// What distinguishes a track from the one that was meant; greater means nearer.
package enum Difference: Int, Comparable {
    case title, artist, imitation, edition, length

    package static func < (one: Difference, other: Difference) -> Bool { one.rawValue < other.rawValue }

    /// What differs, from the other track's side.
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
