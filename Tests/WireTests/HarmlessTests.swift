import Testing

@testable import Wire

@Suite struct HarmlessTests {
    @Test func `what is harmful is what Unicode says controls, separates lines or changes direction`() {
        let harmful = (0...0x10FFFF).lazy.compactMap(Unicode.Scalar.init).filter {
            [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
                || $0.properties.isBidiControl
        }
        #expect(Array(harmful) == (0...0x10FFFF).compactMap(Unicode.Scalar.init).filter(\.isHarmful))
    }

    @Test(arguments: [
        ("", ""), ("Ünïcode 日本", "Ünïcode 日本"), ("a\u{1b}[2J\r\nb\u{202e}", "a\u{FFFD}[2J\u{FFFD}\u{FFFD}b\u{FFFD}")
    ])
    func `each harmful character is replaced by one`(_ text: String, _ harmless: String) {
        #expect(text.harmless.unicodeScalars.elementsEqual(harmless.unicodeScalars))
    }
}
