/// What a template can name.
package enum Field: String, CaseIterable, Sendable {
    case title, artist, albumartist, album, compilation, track, tracktotal, disc, disctotal, multidisc, date, year,
        genre
    case label, isrc, bpm, id, quality, format
    /// Only for what lies in a playlist.
    case playlist, position

    /// What is known of a track by itself.
    package static let ofTracks = allCases.filter { $0 != .playlist && $0 != .position }

    /// Digits that a number has at least; nil for texts.
    var width: Int? {
        switch self {
        case .track, .tracktotal: 2
        case .position: 3
        case .disc, .disctotal, .multidisc, .bpm, .year: 1
        default: nil
        }
    }

    /// Their names, for people.
    package static func list(_ fields: [Field]) -> String { fields.map(\.rawValue).joined(separator: " ") }
}
