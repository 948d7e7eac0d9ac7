extension Unicode.Scalar {
    var isDigit: Bool { properties.numericType == .decimal }

    var isMark: Bool {
        switch properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: true
        default: false
        }
    }

    /// What the scalar, from a folded text, means for a key.
    func sense(at place: Position) -> Sense {
        if isMark { return isSound(on: place.base) ? .text(String(self)) : .nothing }
        if isDigit, let value = properties.numericValue { return .text(String(Int(value))) }
        switch properties.generalCategory {
        case .modifierLetter where (0x2B0...0x2FF).contains(value) || value == 0x640: return .nothing
        case .lowercaseLetter, .uppercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber,
            .otherNumber:
            return .text(Self.spelledOut[self] ?? String(self))
        case .format, .control: return properties.isWhitespace ? .gap : .nothing
        default: return sign(at: place)
        }
    }

    /// Signs that stand for letters or words when among letters; all others only separate words.
    private func sign(at place: Position) -> Sense {
        switch self {
        case "'", "\u{2018}", "\u{2019}", "\u{201B}", "\u{2032}", "`": .nothing
        case "&": .word("and")
        case "$" where place.isBehindLetter || place.isBeforeLetter: .text("s")
        case "!" where place.isBehindLetter && place.isBeforeLetter: .text("i")
        case "#" where place.isBehindLetter, "\u{266F}": .text("sharp")
        case "\u{266D}": .text("flat")
        case "," where place.isWithinNumber: .nothing
        default: .gap
        }
    }

    /// Whether a mark distinguishes letters of a script, and is not an accent or a reading aid.
    private func isSound(on base: Unicode.Scalar?) -> Bool {
        switch value {
        case 0x300...0x36F:
            // Й is a letter of its own; stress marks and the dots of ё are optional.
            guard let base, (0x400...0x52F).contains(base.value) else { return false }
            return ![0x300, 0x301].contains(value) && !(value == 0x308 && base == "\u{435}")
                || [0x433, 0x43A].contains(base.value)
        // The hamza of an alef is optional.
        case 0x653...0x655: return base != "\u{627}"
        case 0x591...0x5C7, 0x610...0x61A, 0x64B...0x652, 0x656...0x65F, 0x670, 0x6D6...0x6ED, 0x1AB0...0x1AFF,
            0x1DC0...0x1DFF, 0x20D0...0x20FF, 0xFE00...0xFE0F:
            return false
        default: return true
        }
    }

    /// The spelled-out forms of letters that Unicode does not decompose, keyed by letter.
    private static let spelledOut: [Unicode.Scalar: String] = [
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ł": "l", "ħ": "h", "ŧ": "t", "ı": "i", "ς": "σ"
    ]
}
