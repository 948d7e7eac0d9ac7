import Wire

/// What is known about one record, by the fields of a template.
package struct FieldValues {
    private let id: String
    private let track: Track
    private let format: Format
    private let quality: String?
    private let playlist: String?
    private let position: Int?

    /// `playlist` and `position`, counted from 1, are for a place in a playlist's folder.
    package init(
        id: String, track: Track, format: Format, quality: String?, playlist: String? = nil, position: Int? = nil
    ) {
        (self.id, self.track, self.format, self.quality) = (id, track, format, quality)
        (self.playlist, self.position) = (playlist, position)
    }

    /// Nil when unknown.
    subscript(field: Field) -> String? {
        let text: String? =
            switch field {
            case .title: track.title
            case .artist: track.artist ?? track.artists.joined(separator: ", ")
            case .albumartist: track.albumArtist
            case .album: track.album
            case .compilation: track.compilation == true ? "Compilations" : nil
            case .track: number(track.trackNumber)
            case .tracktotal: number(track.trackTotal)
            case .disc: number(track.discNumber)
            case .disctotal: number(track.discTotal)
            case .multidisc: (track.discTotal ?? 1) > 1 ? number(track.discNumber) : nil
            case .date: track.releaseDate
            case .year: track.year
            case .genre: track.genres.first
            case .label: track.label
            case .isrc: track.isrc
            case .bpm: number(track.bpm.flatMap { Int(exactly: $0.rounded()) })
            case .id: id
            case .quality: quality
            case .format: format.rawValue
            case .playlist: playlist
            case .position: number(position)
            }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The text for an unknown field where the template offers no other.
    func substitute(for field: Field) -> String {
        switch field {
        case .title: id.split(separator: ":").last.map(String.init) ?? id
        case .artist: self[.albumartist] ?? "Unknown Artist"
        case .albumartist: self[.artist] ?? "Unknown Artist"
        case .album: "Unknown Album"
        default: ""
        }
    }

    private func number(_ value: Int?) -> String? { value.flatMap { $0 > 0 ? String($0) : nil } }
}

extension Track {
    /// The year of the release.
    package var year: String? { releaseDate.map { String($0.prefix(4)) } }
}
