// The normalisation of Foundation would bring all of Foundation, and its start-up time, into every stage.
@_spi(_Unicode) import Swift
import Wire

/// Names for files and folders made from any text: safe on every usual file system, and never a way out of a folder.
package enum FileName {
    /// Bytes of a name that the usual file systems accept.
    package static let maximumBytes = 255

    /// One name: NFC, without reserved characters, cut at a grapheme so that it and its extension leave `reserving`
    /// bytes.
    ///
    /// Never empty, never `.` or `..`, never begins with a dot or a hyphen. Never longer than `limit` either, in the
    /// UTF-16 units that Windows counts; each reserved byte counts as one unit.
    package static func segment(
        _ text: String, extension: String? = nil, reserving: Int = 0, limit: Int = maximumBytes
    ) -> String {
        let ending = `extension`.map { ".\($0)" } ?? ""
        let taken = ending.utf8.count + reserving
        let safe = trimmed(replacingReserved(text))
        let short = trimmed(cut(unreserved(safe), toBytes: maximumBytes - taken, units: limit - taken))
        return (short.isEmpty ? "_" : short) + ending
    }

    /// As much of a name as is long enough for the usual file systems and leaves `reserving` bytes.
    package static func shortened(_ name: String, reserving: Int = 0) -> String {
        cut(name, toBytes: maximumBytes - reserving, units: maximumBytes)
    }

    /// The name with a number before its extension; the first of its kind has none.
    package static func numbered(_ stem: String, _ number: Int, extension: String) -> String {
        "\(stem)\(number == 1 ? "" : " (\(number))").\(`extension`)"
    }

    /// Whether a name is `stem` with or without such a number.
    package static func isNumbered(_ name: String, _ stem: String, extension: String) -> Bool {
        let ending = ".\(`extension`)"
        guard name.utf8.starts(with: stem.utf8), name.utf8.count >= stem.utf8.count + ending.utf8.count,
            name.utf8.reversed().starts(with: ending.utf8.reversed())
        else { return false }
        let middle = String(decoding: name.utf8.dropFirst(stem.utf8.count).dropLast(ending.utf8.count), as: UTF8.self)
        return middle.isEmpty || Int(middle.dropFirst(2).dropLast()).map { middle == " (\($0))" } ?? false
    }

    /// A key that is equal for names that some file system takes for the same: those that differ only in case and in
    /// how accents are written.
    package static func collisionKey(_ name: String) -> String {
        if name.utf8.allSatisfy({ $0 < 0x80 }) { return name.lowercased() }
        var composed = String.UnicodeScalarView()
        for scalar in name._nfc { composed.append(scalar) }
        // Upper, then lower: that folds more than either alone, as in "Straße" and "STRASSE".
        return String(composed).uppercased().lowercased()
    }

    /// The longest beginning of whole graphemes that fits, or of whole scalars when not even one grapheme does.
    private static func cut(_ text: String, toBytes bytes: Int, units: Int) -> String {
        if text.utf8.count <= bytes, text.utf16.count <= units { return text }
        let graphemes = beginning(of: text.map(String.init), bytes, units)
        return graphemes.isEmpty ? beginning(of: text.unicodeScalars.map(String.init), bytes, units) : graphemes
    }

    private static func beginning(of parts: [String], _ bytes: Int, _ units: Int) -> String {
        var (result, bytes, units) = ("", bytes, units)
        for part in parts {
            bytes -= part.utf8.count
            units -= part.utf16.count
            if bytes < 0 || units < 0 { break }
            result += part
        }
        return result
    }

    /// The text in NFC, with a `_` for each reserved character, and without invisible characters that change its
    /// direction.
    private static func replacingReserved(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text._nfc where !scalar.properties.isBidiControl {
            result.append(isReserved(scalar) ? "_" : scalar)
        }
        return String(result)
    }

    /// Whether it is a path separator, a character that Windows refuses, a control character or a line separator.
    private static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "<", ">", ":", "\"", "/", "\\", "|", "?", "*": true
        default: scalar.isHarmful
        }
    }

    /// The text without spaces and dots at its ends, and without a beginning that makes a name hidden or an option.
    private static func trimmed(_ text: String) -> String {
        let end = text.unicodeScalars.lastIndex { $0 != " " && $0 != "." }
        let start = text.unicodeScalars.firstIndex { $0 != " " && $0 != "." && $0 != "-" }
        guard let start, let end, start <= end else { return "" }
        return String(text.unicodeScalars[start...end])
    }

    /// Names of devices on Windows, with any extension, get a `_` after their first part.
    private static func unreserved(_ name: String) -> String {
        let stem = name.prefix { $0 != "." }
        let word = trimmed(stem.uppercased())
        let isPort =
            word.count == 4 && ["COM", "LPT"].contains(word.prefix(3)) && "123456789¹²³".contains(word.suffix(1))
        return isPort || ["CON", "PRN", "AUX", "NUL"].contains(word) ? stem + "_" + name.dropFirst(stem.count) : name
    }
}
