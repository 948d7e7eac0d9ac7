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
        // Most text is ASCII, and looking up a property costs more.
        if (0x20...0x7e).contains(value) { return false }
        return [.control, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
            || properties.isBidiControl
    }
}
