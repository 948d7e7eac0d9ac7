import Wire

/// JSPF, which is XSPF as JSON, read leniently: a list of one may be written as that one, and what has another type than
/// it should counts as missing.
struct JSPFParser: ListParser {
    private(set) var header = ListHeader()
    private var text: [UInt8] = []

    /// The most bytes of a list, all of which are held in memory.
    private static let maximumBytes = 64 << 20
    private static let maximumDepth = 64

    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        text += bytes
        guard text.count <= Self.maximumBytes else {
            throw .permanent("too_large", "JSPF: a list of more than \(Self.maximumBytes >> 20) MiB")
        }
    }

    mutating func finish(_ entries: inout [ListEntry]) throws(Failure) {
        let list: JSON
        do throws(Malformed) {
            list = try JSON(parsing: text, maximumDepth: Self.maximumDepth)
        } catch {
            // Its writer or its sender may not have finished.
            if error.offset >= text.count { throw .transient("bad_list", "JSPF: it ends in the middle") }
            throw .permanent("bad_list", "JSPF: \(error)")
        }
        guard let playlist = list.object?["playlist"]?.single else {
            throw .permanent("bad_list", "JSPF: it has no playlist")
        }
        (header.title, header.creator) = (playlist.text("title"), playlist.text("creator"))
        header.artworkURL = playlist.text("image")
        entries += (playlist["track"]?.listed ?? []).map { $0.object.map(Self.entry) ?? ListEntry() }
    }

    private static func entry(_ track: JSONObject) -> ListEntry {
        var entry = ListEntry()
        entry.location = track["location"]?.listed.lazy.compactMap { $0.string?.trimmingSpace.known }.first
        (entry.title, entry.artist, entry.album) = (track.text("title"), track.text("creator"), track.text("album"))
        (entry.comment, entry.artworkURL) = (track.text("annotation"), track.text("image"))
        entry.trackNumber = track["trackNum"]?.integer.flatMap { $0 > 0 ? $0 : nil }
        entry.duration = track["duration"]?.number.flatMap { $0 > 0 ? $0 / 1000 : nil }
        for identifier in track["identifier"]?.listed ?? [] {
            if let identifier = identifier.string { entry.take(identifier: identifier) }
        }
        return entry
    }
}

extension JSONObject {
    fileprivate func text(_ name: String) -> String? { self[name]?.string?.trimmingSpace.known }
}
