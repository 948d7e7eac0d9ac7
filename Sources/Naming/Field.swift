/// What a template can name.
package enum Field: String, CaseIterable, Sendable {
    case title, artist, albumartist, album, compilation, track, tracktotal, disc, disctotal, multidisc, date, year,
        genre
    case label, isrc, bpm, id, quality, format
    /// Only for files in a playlist's folder.
    case playlist, position

    /// The fields of a track by itself, in the order of their declaration.
    package static let ofTracks = allCases.filter { $0 != .playlist && $0 != .position }

    /// The least number of digits; nil for texts.
    var width: Int? {
        switch self {
        case .track, .tracktotal: 2
        case .position: 3
        case .disc, .disctotal, .multidisc, .bpm, .year: 1
        default: nil
        }
    }

    /// The names of fields, for people.
    package static func list(_ fields: [Field]) -> String { fields.map(\.rawValue).joined(separator: " ") }
}
