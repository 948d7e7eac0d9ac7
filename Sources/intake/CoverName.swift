import Files
import Wire

/// The names that covers have.
enum CoverName {
    private static let words = ["cover", "folder", "front", "album", "albumart"]

    /// Whether a file may be a picture that audio files can hold.
    static func isPicture(_ name: String) -> Bool {
        ["jpg", "jpeg", "png"].contains { name.lowercased().hasSuffix(".\($0)") }
    }

    /// The one with the best name; nil if none has a cover's.
    static func best(of pictures: [Picture]) -> Picture? {
        let ranked = pictures.compactMap { picture in rank(picture.name).map { (rank: $0, picture: picture) } }
        return ranked.min { ($0.rank, $0.picture.name) < ($1.rank, $1.picture.name) }?.picture
    }

    /// 0 is the best; nil for a name that no cover has.
    static func rank(_ name: String) -> Int? {
        let stem = lastPart(of: name).lowercased().prefix { $0 != "." }
        if let exact = words.firstIndex(of: String(stem)) { return exact }
        return words.firstIndex { stem.contains($0) && !stem.contains("back") }.map { $0 + words.count }
    }
}
