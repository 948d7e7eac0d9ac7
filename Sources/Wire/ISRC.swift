/// The International Standard Recording Code, which people write with and without hyphens.
package enum ISRC {
    /// The code in capitals, letters and digits only; nil when none are left.
    package static func folded(_ text: String) -> String? {
        let capitals = text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
        if capitals, !text.isEmpty { return text }
        let folded = text.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return folded.isEmpty ? nil : folded
    }
}
