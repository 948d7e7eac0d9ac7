/// A text's encoding, as far as its beginning or its sender says.
struct TextEncoding: Equatable {
    /// iconv's name for it; nil for UTF-8 with Windows-1252 wherever it is not valid.
    var name: String?
    /// Bytes of the byte order mark.
    var mark = 0
    /// Bytes of a code unit, of which each character has one or more.
    var unit = 1

    /// Bytes of a text's beginning that are examined.
    static let headBytes = 1024

    /// The encoding by the byte order mark, the XML declaration, or the sender's name for it, in this order.
    init(head: [UInt8], charset: String?) {
        self = Self.marked(head) ?? Self(name: (Self.declared(head) ?? charset).flatMap(Self.name))
    }

    private init(name: String?, mark: Int = 0, unit: Int = 1) { (self.name, self.mark, self.unit) = (name, mark, unit) }

    /// The encoding by a byte order mark, or by where zeros are: in UTF-16, ASCII such as spaces and line ends has one
    /// zero in two bytes.
    private static func marked(_ head: [UInt8]) -> TextEncoding? {
        if head.starts(with: [0xEF, 0xBB, 0xBF]) { return Self(name: nil, mark: 3) }
        if head.starts(with: [0xFF, 0xFE, 0, 0]) { return Self(name: "UTF-32LE", mark: 4, unit: 4) }
        if head.starts(with: [0, 0, 0xFE, 0xFF]) { return Self(name: "UTF-32BE", mark: 4, unit: 4) }
        if head.starts(with: [0xFF, 0xFE]) { return Self(name: "UTF-16LE", mark: 2, unit: 2) }
        if head.starts(with: [0xFE, 0xFF]) { return Self(name: "UTF-16BE", mark: 2, unit: 2) }
        let zeros = (0...1).map { place in head.indices.count { $0 % 2 == place && head[$0] == 0 } }
        guard let most = zeros.max(), most >= 2, most * 16 >= head.count, zeros.contains(0) else { return nil }
        return Self(name: zeros[0] == 0 ? "UTF-16LE" : "UTF-16BE", unit: 2)
    }

    /// The encoding that an XML declaration names before the first element.
    private static func declared(_ head: [UInt8]) -> String? {
        let text = String(decoding: head, as: UTF8.self)
        let first = text.firstMatch(of: /<[A-Za-z_]/)?.range.lowerBound ?? text.endIndex
        let found = text[..<first].firstMatch(of: /<\?xml[^>]*encoding\s*=\s*["']([^"'>]*)["']/)
        return found.map { String($0.1) }
    }

    /// iconv's name for a label that people write; nil for UTF-8, and for a label that says nothing.
    private static func name(_ label: String) -> String? {
        let plain = label.lowercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        let number = String(plain.reversed().prefix(while: \.isNumber).reversed())
        // A text that is readable up to this name does not have two bytes a character.
        if plain.contains("utf8") || plain.hasPrefix("utf16") { return nil }
        switch plain {
        case "", "usascii", "ascii": return nil
        // As in browsers: these labels mean the Windows variant.
        case "latin1", "l1", "iso88591", "iso885911987", "ansi": return "CP1252"
        case "iso88599", "latin5": return "CP1254"
        case "shiftjis", "sjis", "xsjis", "mskanji", "windows31j": return "CP932"
        case "gb2312", "gbk", "xgbk", "cp936": return "GB18030"
        case "euckr", "ksc5601", "ksc56011987", "windows949": return "CP949"
        case "eucjp", "xeucjp": return "EUC-JP"
        case "windows\(number)", "win\(number)", "xcp\(number)", "cp\(number)": return "CP\(number)"
        case "iso8859\(number)": return "ISO-8859-\(number)"
        default: return label.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.:".contains($0)) }
        }
    }
}
