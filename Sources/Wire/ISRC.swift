/// The International Standard Recording Code, which people write with and without hyphens.
package enum ISRC {
    /// The code in capitals, letters and digits only; nil when none are left.
    package static func folded(_ text: String) -> String? {
        let folded = text.uppercased().filter { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return folded.isEmpty ? nil : folded
    }
}
