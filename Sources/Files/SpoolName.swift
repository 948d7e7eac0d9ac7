import Wire

/// The names of an item's files in the spool: readable, safe, and distinct by the exact bytes of its id.
///
/// A track that a pipe carries twice, from two lists or two places in one, has files for each, so that cleaning up
/// after one takes nothing from the other. A file that a stage adds has the same stem and its own extension.
package struct SpoolName {
    package enum Part: String, CaseIterable {
        /// What fetch downloaded.
        case media
        /// What fetch knows about the download.
        case state = "json"
        /// What decrypt made of it.
        case clear
        /// The cover, and the picture of its artist.
        case artwork, artist
    }

    /// The beginning of the names of all its files, up to the first dot.
    package let stem: String

    package init(of record: Record) {
        let readable = record.id.utf8.prefix(80).map { Self.isSafe($0) ? $0 : UInt8(ascii: "_") }
        let membership = record.parent.map { "\n\($0)\n\(record.seq ?? 0)" } ?? ""
        stem = String(decoding: readable, as: UTF8.self) + "-" + SHA256.of(record.id + membership).prefix(16)
    }

    package func path(_ part: Part, in folder: String) -> String { "\(folder)/\(stem).\(part.rawValue)" }

    /// The path of this URL's artwork, for all records that share it.
    package static func artwork(url: String, in folder: String) -> String {
        "\(folder)/artwork-\(SHA256.of(url).prefix(32))"
    }

    /// Whether a file is one of the item's; a sweep removes nothing else.
    package func owns(_ path: String) -> Bool { Self.stem(of: path).map { $0.utf8.elementsEqual(stem.utf8) } ?? false }

    /// The stem of a file's name that belongs to some item, or nil for any other name.
    package static func stem(of path: String) -> String? {
        let name = lastPart(of: path)
        guard let dot = name.utf8.firstIndex(of: UInt8(ascii: ".")), case let stem = name[..<dot],
            stem.utf8.dropLast(16).last == UInt8(ascii: "-"), stem.utf8.allSatisfy(isSafe),
            bytes(hexadecimal: String(stem.utf8.suffix(16)) ?? "") != nil
        else { return nil }
        return String(stem)
    }

    /// Whether a file's name is one that artwork gets.
    package static func isArtwork(_ path: String) -> Bool {
        let name = lastPart(of: path)
        let digits = name.utf8.dropFirst("artwork-".utf8.count)
        return name.hasPrefix("artwork-") && digits.count == 32 && bytes(hexadecimal: String(digits) ?? "") != nil
    }

    /// Whether it is a letter, a digit, `-` or `_`: no dot, so that no name is hidden or gains an extension.
    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
