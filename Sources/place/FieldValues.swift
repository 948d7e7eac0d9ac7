import Wire

/// What is known of one record, by the fields of a template.
struct FieldValues {
    let id: String
    let track: Track
    let format: Format
    let quality: String?

    /// Nil when unknown.
    subscript(field: Field) -> String? {
        let text: String? =
            switch field {
            case .title: track.title
            case .artist: track.artist ?? track.artists.joined(separator: ", ")
            case .albumartist: track.albumArtist
            case .album: track.album
            case .track: number(track.trackNumber)
            case .tracktotal: number(track.trackTotal)
            case .disc: number(track.discNumber)
            case .disctotal: number(track.discTotal)
            case .date: track.releaseDate
            case .year: track.releaseDate.map { String($0.prefix(4)) }
            case .genre: track.genres.first
            case .label: track.label
            case .isrc: track.isrc
            case .bpm: number(track.bpm.flatMap { Int(exactly: $0.rounded()) })
            case .id: id
            case .quality: quality
            case .format: format.rawValue
            }
        return text.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// What stands for a field that is unknown where the template has nothing else to say.
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
