import Catalogue
import Files
import Wire

extension Record {
    /// Whether the id stands for a line that was not a record.
    var isUnreadableLine: Bool {
        id.utf8.starts(with: "line:".utf8) && id.utf8.dropFirst(5).allSatisfy { (0x30...0x39).contains($0) }
    }

    /// Whether one of the ids holds a NUL, at which readers of SQLite would cut it off.
    var holdsNUL: Bool { id.utf8.contains(0) || parent?.utf8.contains(0) == true }

    /// The middle part of an id such as `NAME:playlist:ID`.
    var typeInID: String {
        let parts = id.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 2)
        return parts.count == 3 ? String(parts[1]) ?? "unknown" : "unknown"
    }
}

extension Change {
    /// Books a record's place in its collection, if it has one.
    func keep(membershipOf record: Record) throws(Failure) {
        guard let parent = record.parent, let seq = record.seq else { return }
        try keep(member: record.id, of: parent, at: seq)
    }
}

extension CataloguedCollection {
    /// Takes over what a `done` says and keeps what it leaves out; a change opens the collection again.
    mutating func update(from collection: CollectionSummary?, n: Int?, total: Int?) {
        let before = self
        type = collection?.type ?? type
        title = storable(collection?.title) ?? title
        creator = storable(collection?.creator) ?? creator
        artworkURL = storable(collection?.artworkURL) ?? artworkURL
        (children, self.total) = (n ?? children, total ?? self.total)
        let texts = [(title, before.title), (creator, before.creator), (artworkURL, before.artworkURL)]
        let isSame = texts.allSatisfy(sameBytes) && children == before.children && self.total == before.total
        if !isSame { finishedAt = nil }
    }
}

/// Compares bytes, since Swift's `==` takes texts for equal that are canonically equivalent.
func sameBytes(_ one: String?, _ other: String?) -> Bool { one.map { Array($0.utf8) } == other.map { Array($0.utf8) } }
