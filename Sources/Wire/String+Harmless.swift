extension String {
    /// Without what would steer a terminal or turn its text around: U+FFFD stands for each such character.
    package var harmless: String {
        guard unicodeScalars.contains(where: \.isHarmful) else { return self }
        return String(String.UnicodeScalarView(unicodeScalars.map { $0.isHarmful ? "\u{FFFD}" : $0 }))
    }
}

extension Unicode.Scalar {
    /// A control character, a break of lines or paragraphs, or what changes the direction of text.
    package var isHarmful: Bool {
        // Most texts are of these, and looking the others up costs more.
        if (0x20...0x7e).contains(value) { return false }
        return [.control, .lineSeparator, .paragraphSeparator].contains(properties.generalCategory)
            || properties.isBidiControl
    }
}
