import Lists
import Matching
import Wire

/// Whoever is asked what tracks are and where their bytes are to be had.
protocol Source {
    /// The first part of the ids of what comes from here.
    var name: String { get }

    /// Where it is asked.
    var address: String { get }

    /// What is known of a track: the same for an id, whatever was asked for and whatever failed before.
    ///
    /// `told` is what a list of this source told of it, if one did.
    func track(_ id: String, told: Track?) throws(Failure) -> Known

    /// Only where its bytes are to be had.
    func media(_ id: String) throws(Failure) -> Media

    /// Hands over the tracks of a collection in order, each as soon as its row is known, and tells what it was.
    func expand(_ reference: Reference, _ each: EachMember) throws(Failure) -> Collection

    /// The track that an entry of a list means.
    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member>

    /// Hands over what a text finds, the best first, as far as it is wanted.
    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [Found]
}

/// A track with what is known of it, and a way to its media, which is gone only when it is wanted.
struct Known {
    let track: Track
    /// What the source itself calls it, where it was asked for under another id.
    var otherID: String?
    let media: () throws(Failure) -> Media

    init(track: Track, otherID: String? = nil, media: @escaping () throws(Failure) -> Media) {
        (self.track, self.otherID, self.media) = (track, otherID, media)
    }
}

/// A member of a collection.
struct Member {
    /// As its source has it.
    let id: String
    /// What the list itself tells.
    let row: Track
    let known: () throws(Failure) -> Known
}

/// Takes the next member, or what is wrong with the row in its place.
typealias EachMember = (Result<Member, Failure>) throws(Failure) -> Void

/// What an expansion says at its end.
struct Collection {
    /// How many tracks the source announced, and how many it listed.
    var total: Int?
    var count: Int
    /// How many of an artist's releases were announced and not listed.
    var missingReleases = 0
    let summary: CollectionSummary

    init(total: Int?, count: Int, summary: CollectionSummary) {
        (self.total, self.count, self.summary) = (total, count, summary)
    }

    /// An artist, of whose releases none was listed yet.
    init(artist summary: CollectionSummary) { self.init(total: 0, count: 0, summary: summary) }

    /// Adds a release to an artist's.
    mutating func take(_ release: Collection) {
        total = (total ?? 0) + max(release.total ?? 0, release.count)
        count += release.count
    }
}

/// Something that a search found.
struct Found {
    let reference: Reference
    /// Of a track, or of what else it is.
    let track: Track?
    let summary: CollectionSummary?
}
