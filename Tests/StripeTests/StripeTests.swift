import Testing
import Wire

@testable import Stripe

@Suite struct StripeTests {
    private func key(_ digits: String = "00112233445566778899aabbccddeeff") throws -> Key {
        try #require(Key(hexadecimal: digits))
    }

    private func cipher(_ chunkBytes: Int, _ every: Int, iv: String = "0f1e2d3c4b5a6978") throws -> Cipher {
        try Cipher(keyID: "k", chunkBytes: chunkBytes, every: every, iv: bytes(hexadecimal: iv) ?? [])
    }

    private func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 ^ $0 >> 8) } }

    /// Passes bytes through in steps, giving again what a step left over.
    private func pass(
        _ bytes: [UInt8], _ cipher: Cipher, _ direction: Stripe.Direction, steps: [Int], fromChunk: Int = 0
    ) throws -> [UInt8] {
        var stripe = try Stripe(cipher, key: try key(), direction, fromChunk: fromChunk)
        var (result, pending, rest, turn) = ([UInt8](), [UInt8](), bytes[...], 0)
        while !rest.isEmpty {
            pending += rest.prefix(steps[turn % steps.count])
            rest = rest.dropFirst(steps[turn % steps.count])
            let finished = try pending.withUnsafeMutableBytes { try stripe.transform($0) }
            result += pending.prefix(finished)
            pending.removeFirst(finished)
            turn += 1
        }
        return result + pending
    }

    @Test func `a published vector of Blowfish in CBC mode comes out`() throws {
        var text = Array("7654321 Now is the time for \0\0\0\0".utf8)
        let cipher = try cipher(32, 1, iv: "fedcba9876543210")
        var stripe = try Stripe(cipher, key: key("0123456789abcdeff0e1d2c3b4a59687"), .encrypt)
        #expect(try text.withUnsafeMutableBytes { try stripe.transform($0) } == 32)
        #expect(hexadecimal(text) == "6b77b4d63006dee605b156e27403979358deb9e7154616d959f1652bd5ff92cc")
    }

    @Test func `full chunks at multiples of every are wrapped and no others`() throws {
        let clear = body(16 * 7 + 5)
        let wrapped = try pass(clear, cipher(16, 3), .encrypt, steps: [1000])
        let changed = (0..<7).filter { wrapped[$0 * 16..<$0 * 16 + 16] != clear[$0 * 16..<$0 * 16 + 16] }
        #expect(changed == [0, 3, 6])
        #expect(wrapped.suffix(5) == clear.suffix(5))
        #expect(wrapped.count == clear.count)
    }

    @Test func `a last short chunk stays clear even where a wrapped one is due`() throws {
        let clear = body(15)
        #expect(try pass(clear, cipher(16, 1), .encrypt, steps: [1000]) == clear)
        #expect(try pass(clear, cipher(16, 1), .encrypt, steps: [4]) == clear)
    }

    @Test func `the same key and vector begin each chunk anew`() throws {
        let wrapped = try pass(Array(repeating: 7, count: 64), cipher(32, 1), .encrypt, steps: [1000])
        #expect(wrapped.prefix(32) == wrapped.suffix(32))
    }

    @Test(arguments: [[1], [7], [8], [15, 1, 33], [16], [17], [1000]])
    func `however the bytes are cut the result is one`(steps: [Int]) throws {
        let clear = body(16 * 20 + 9)
        for every in [1, 2, 3, 7] {
            let cipher = try cipher(16, every)
            let wrapped = try pass(clear, cipher, .encrypt, steps: [1000])
            #expect(try pass(clear, cipher, .encrypt, steps: steps) == wrapped)
            #expect(try pass(wrapped, cipher, .decrypt, steps: steps) == clear)
        }
    }

    @Test(arguments: 0..<9)
    func `a walk may begin at any chunk`(index: Int) throws {
        let clear = body(16 * 9 + 3)
        let cipher = try cipher(16, 4)
        let wrapped = try pass(clear, cipher, .encrypt, steps: [1000])
        let tail = Array(clear.dropFirst(index * 16))
        #expect(try pass(tail, cipher, .encrypt, steps: [5], fromChunk: index) == Array(wrapped.dropFirst(index * 16)))
    }

    @Test func `an every beyond all bounds wraps the first chunk only`() throws {
        let clear = body(16 * 4)
        let wrapped = try pass(clear, cipher(16, .max), .encrypt, steps: [1000])
        #expect(wrapped.prefix(16) != clear.prefix(16))
        #expect(wrapped.dropFirst(16) == clear.dropFirst(16))
    }
}
