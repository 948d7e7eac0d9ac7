/// The ids that MusicBrainz has for a recording and for what belongs to it.
package struct MusicBrainz: Equatable, Sendable {
    /// The recording, which is the same on every release.
    package var recording: String?
    /// The release that the track is on.
    package var release: String?
    /// One for each of the track's artists, in their order.
    package var artists: [String] = []
    /// One for each of the album's artists, in their order.
    package var albumArtists: [String] = []

    package init() {}

    init(_ section: Section) throws(Failure) {
        recording = try section.string("recording_id")
        release = try section.string("release_id")
        artists = try section.strings("artist_ids")
        albumArtists = try section.strings("album_artist_ids")
    }

    /// Nil if no id is known.
    var value: JSON? {
        guard self != MusicBrainz() else { return nil }
        var object = JSONObject()
        object.set("recording_id", recording.map(JSON.string))
        object.set("release_id", release.map(JSON.string))
        object.set("artist_ids", artists.isEmpty ? nil : .strings(artists))
        object.set("album_artist_ids", albumArtists.isEmpty ? nil : .strings(albumArtists))
        return object.value
    }

    /// An id in small letters; nil for a text that is not one.
    package static func id(_ text: some StringProtocol) -> String? {
        let bytes = Array(text.utf8)
        let isOne =
            bytes.count == 36
            && bytes.indices.allSatisfy { index in
                guard ![8, 13, 18, 23].contains(index) else { return bytes[index] == UInt8(ascii: "-") }
                let byte = bytes[index]
                return UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
                    || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte | 32
            }
        return isOne ? text.lowercased() : nil
    }
}
