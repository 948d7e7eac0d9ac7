extension String {
    /// The text with U+FFFD for each character that would control a terminal or change the direction of its text.
    package var harmless: String {
        guard unicodeScalars.contains(where: \.isHarmful) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isHarmful ? "\u{FFFD}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, a line or paragraph separator, or changes the direction of text.
    package var isHarmful: Bool {
        // By its number, since looking up its properties takes longer than all the rest of writing a line.
        switch value {
        case 0..<0x20, 0x7f...0x9f, 0x61c, 0x200e, 0x200f, 0x2028...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
