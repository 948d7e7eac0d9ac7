import Lists
import Matching
import Web
import Wire

/// A catalog, music server or program that knows tracks and where their bytes are.
protocol Source {
    /// The first part of the ids of everything from this source.
    var name: String { get }

    /// The source of the links that it gives.
    var links: LinkSource { get }

    /// The same source, for what a reference asks for itself alone.
    func choosing(_ options: ReferenceOptions) -> any Source

    /// The metadata of a track: the same for an id whatever led to it.
    ///
    /// `told` is what a list of this source said about it, if any.
    func track(_ id: String, told: Track?) throws(Failure) -> Known

    /// Only the media of a track.
    func media(_ id: String) throws(Failure) -> Media

    /// Passes on the tracks of a collection in order, each as soon as its row is known, and returns a description.
    func expand(_ reference: Reference, _ each: EachRow) throws(Failure) -> Collection

    /// The track that matches an entry of a list, and what that rests on.
    func find(_ entry: ListEntry) throws(Failure) -> Choice<Member>

    /// Passes on what a text finds, best first, up to the limit.
    func search(_ text: String, _ kind: Reference.Kind, limit: Int) throws(Failure) -> [Found]
}

/// A track with its metadata, and a closure that requests its media when it is needed.
struct Known {
    let track: Track
    /// The source's own id, where another one was requested.
    var otherID: String?
    let media: () throws(Failure) -> Media

    init(track: Track, otherID: String? = nil, media: @escaping () throws(Failure) -> Media) {
        (self.track, self.otherID, self.media) = (track, otherID, media)
    }
}

/// A member of a collection.
struct Member {
    /// Its id at the source.
    let id: String
    /// What the list itself says about it.
    let row: Track
    let known: () throws(Failure) -> Known
}

/// A row of a collection.
enum Listed {
    case member(Member)
    /// A track that the source does not have, to be looked up as the row of a list.
    case wanted(Track)
}

/// Takes the next row, or why it cannot be used.
typealias EachRow = (Result<Listed, Failure>) throws(Failure) -> Void

/// The result of an expansion.
struct Collection {
    /// How many tracks the source announced, and how many it listed.
    var total: Int?
    var count: Int
    /// How many of an artist's releases were announced but not listed.
    var missingReleases = 0
    var summary: CollectionSummary

    init(total: Int?, count: Int, summary: CollectionSummary) {
        (self.total, self.count, self.summary) = (total, count, summary)
    }

    /// An artist with no releases listed yet.
    init(artist summary: CollectionSummary) { self.init(total: 0, count: 0, summary: summary) }

    /// Adds an artist's release.
    mutating func take(_ release: Collection) {
        total = (total ?? 0) + max(release.total ?? 0, release.count)
        count += release.count
    }
}

/// A result of a search.
struct Found {
    let reference: Reference
    /// The metadata of a track; nil for anything else.
    let track: Track?
    /// The description of anything but a track.
    let summary: CollectionSummary?
}

extension Failure {
    /// The failure for a kind of lists that a source does not have; `own` are those that it alone has.
    static func noKind(_ word: String, in source: String, _ own: [String]) -> Failure {
        let kinds = (Reference.Kind.allCases.map(\.rawValue) + own).joined(separator: ", ")
        return .permanent("bad_ref", "\(source) has nothing of the kind \(word); its kinds are \(kinds)")
    }
}
