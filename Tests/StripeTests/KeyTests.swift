import Testing

@testable import Stripe

@Suite struct KeyTests {
    @Test(arguments: [4, 16, 56]) func `keys of 4 to 56 bytes are keys`(count: Int) throws {
        let digits = String(repeating: "a5", count: count)
        let key = try #require(Key(hexadecimal: digits))
        #expect(key.hexadecimal == digits)
    }

    @Test(arguments: ["", "a5a5a5", "a5a5a5a", "a5a5a5zz", " a5a5a5a5", String(repeating: "a5", count: 57)])
    func `anything else is none`(text: String) { #expect(Key(hexadecimal: text) == nil) }

    @Test func `no description tells the key`() throws {
        let key = try #require(Key(hexadecimal: "deadbeef01"))
        #expect(!"\(key) \(String(reflecting: key))".contains("dead"))
    }

    @Test func `random keys are 16 bytes and differ`() {
        #expect(Key.random() != Key.random())
        #expect(Key.random().hexadecimal.utf8.count == 32)
    }
}
