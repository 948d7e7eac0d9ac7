/// The code of a recording, which people write with and without hyphens.
package enum ISRC {
    /// In capitals, with letters and digits alone; nil where none are left.
    package static func folded(_ text: String) -> String? {
        let folded = text.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return folded.isEmpty ? nil : folded
    }
}
