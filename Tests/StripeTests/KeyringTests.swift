import Testing
import Wire

@testable import Stripe

@Suite struct KeyringTests {
    private func read(_ text: String) throws(Failure) -> Keyring { try Keyring(Array(text.utf8), name: "keys.txt") }

    @Test func `comments and blank lines, tabs and returns are no keys and no faults`() throws {
        let ring = try read("# mine\n\n  \nalpha 00112233\r\n\tbeta\t44556677  \n#gamma 8899aabb\nlast ccddeeff")
        #expect(ring["alpha"]?.hexadecimal == "00112233")
        #expect(ring["beta"]?.hexadecimal == "44556677")
        #expect(ring["last"]?.hexadecimal == "ccddeeff")
        #expect(ring["#gamma"] == nil && ring["gamma"] == nil && ring["Alpha"] == nil)
    }

    @Test(arguments: ["alpha", "alpha 00112233 more", "alpha 0011223", "alpha 001122", "alpha secret77", "00112233 "])
    func `a malformed line is named by its number and not told`(line: String) throws {
        let failure = #expect(throws: Failure.self) { try read("# one\nfine 00112233\n\(line)\n") }
        #expect(failure?.class == .config)
        #expect(failure?.code == "bad_keyring")
        #expect(failure?.message.contains("line 3 of keys.txt") == true)
        #expect(failure?.message.contains("secret77") == false)
    }

    @Test func `an id twice is fine under one key and refused under two`() throws {
        #expect(try read("a 00112233\na 00112233")["a"] != nil)
        let failure = #expect(throws: Failure.self) { try read("a 00112233\na 00112234") }
        #expect(failure?.code == "bad_keyring")
    }

    @Test func `two spellings of one text are two ids`() throws {
        let ring = try read("caf\u{E9} 00112233\ncafe\u{301} 44556677")
        #expect(ring["caf\u{E9}"]?.hexadecimal == "00112233")
        #expect(ring["cafe\u{301}"]?.hexadecimal == "44556677")
    }
}
