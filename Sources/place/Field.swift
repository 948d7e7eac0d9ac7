/// What a template can name.
enum Field: String, CaseIterable {
    case title, artist, albumartist, album, track, tracktotal, disc, disctotal, date, year, genre, label, isrc, bpm, id
    case quality, format

    /// Digits that a number has at least; nil for texts.
    var width: Int? {
        switch self {
        case .track, .tracktotal: 2
        case .disc, .disctotal, .bpm, .year: 1
        default: nil
        }
    }

    static var list: String { allCases.map(\.rawValue).joined(separator: " ") }
}
