import Wire

/// What an item's files are called in the spool: readable, safe, and distinct by the very bytes of its id.
///
/// A track that a pipe carries twice, from two lists or two places in one, has files for each, so that sweeping up behind
/// the one takes nothing from the other.
package struct SpoolName {
    package enum Part: String, CaseIterable {
        /// What fetch brought.
        case media
        /// What fetch knows of it.
        case state = "json"
        /// What decrypt made of it.
        case clear
        /// The cover, and the picture of its artist.
        case artwork, artist
    }

    private let stem: String

    package init(of record: Record) {
        let readable = record.id.utf8.prefix(80).map { Self.isSafe($0) ? $0 : UInt8(ascii: "_") }
        let membership = record.parent.map { "\n\($0)\n\(record.seq ?? 0)" } ?? ""
        stem = String(decoding: readable, as: UTF8.self) + "-" + SHA256.of(record.id + membership).prefix(16)
    }

    package func path(_ part: Part, in folder: String) -> String { "\(folder)/\(stem).\(part.rawValue)" }

    /// Where the artwork of this URL lies for all who share it.
    package static func artwork(url: String, in folder: String) -> String {
        "\(folder)/artwork-\(SHA256.of(url).prefix(32))"
    }

    /// Whether a file's name is one of these, finished or partial; a sweep removes nothing else.
    package func owns(_ path: String) -> Bool {
        Part.allCases.contains { part in
            let name = "\(stem).\(part.rawValue)"
            return [name, name + ".part"].contains { $0.utf8.elementsEqual(lastPart(of: path).utf8) }
        }
    }

    /// Whether a file's name is one that some item's file gets, when it is whole.
    package static func isOne(_ path: String) -> Bool {
        let parts = lastPart(of: path).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Part(rawValue: String(parts[1])) != nil else { return false }
        let digits = parts[0].utf8.suffix(16)
        return parts[0].utf8.dropLast(16).last == UInt8(ascii: "-") && bytes(hexadecimal: String(digits) ?? "") != nil
    }

    /// Whether a file's name is one that artwork gets.
    package static func isArtwork(_ path: String) -> Bool {
        let name = lastPart(of: path)
        let digits = name.utf8.dropFirst("artwork-".utf8.count)
        return name.hasPrefix("artwork-") && digits.count == 32 && bytes(hexadecimal: String(digits) ?? "") != nil
    }

    /// Letters, digits, `-` and `_`: no dot, so that no name is hidden or gains an ending.
    private static func isSafe(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
