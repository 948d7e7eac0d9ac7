import Glibc
import Testing
import Wire

@testable import Stripe

@Suite struct StripeReaderTests {
    private func readAll(_ written: [[UInt8]], chunkBytes: Int) throws -> [UInt8] {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        for piece in written { #expect(write(ends[1], piece, piece.count) == piece.count) }
        close(ends[1])
        defer { close(ends[0]) }
        let cipher = try Cipher(keyID: "k", chunkBytes: chunkBytes, every: 2, iv: Array(0..<8))
        let key = try #require(Key(hexadecimal: "00010203"))
        let reader = StripeReader(ends[0], of: "a pipe", try Stripe(cipher, key: key, .encrypt))
        var result: [UInt8] = []
        while let piece = try reader.next() { result += piece }
        #expect(try reader.next() == nil)
        return result
    }

    @Test func `a body that is shorter than a chunk comes as it is`() throws {
        #expect(try readAll([[1, 2, 3]], chunkBytes: 1_048_576) == [1, 2, 3])
        #expect(try readAll([], chunkBytes: 8) == [])
    }

    @Test func `pieces that end in the midst of a chunk are joined`() throws {
        let whole = [UInt8](repeating: 9, count: 2000)
        let once = try readAll([whole], chunkBytes: 64)
        #expect(once.count == whole.count)
        #expect(once.prefix(64) != whole.prefix(64))
        #expect(try readAll([Array(whole.prefix(33)), Array(whole.dropFirst(33))], chunkBytes: 64) == once)
    }

    @Test func `a descriptor that cannot be read is a failure`() throws {
        let cipher = try Cipher(keyID: "k", chunkBytes: 8, every: 1, iv: Array(0..<8))
        let key = try #require(Key(hexadecimal: "00010203"))
        let reader = StripeReader(-1, of: "nothing", try Stripe(cipher, key: key, .decrypt))
        #expect(throws: Failure.self) { try reader.next() }
    }
}
