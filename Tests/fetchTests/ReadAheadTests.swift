import Testing
import Wire

@testable import fetch

@Suite struct ReadAheadTests {
    private static let MiB = 1 << 20

    private func bytes(_ count: Int, _ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: count) }

    private func put(_ bytes: [UInt8], of part: Range<Int>, into ahead: ReadAhead) -> Bool {
        bytes.withUnsafeBytes { ahead.put($0, of: part) }
    }

    private let failure = Failure.transient("cut", "broke off")

    @Test func `parts follow each other, and become shorter at the end`() throws {
        let (first, total) = (1000, 30 * Self.MiB + 7)
        let ahead = ReadAhead(from: first, to: total, connections: 4)
        var (end, lengths) = (first, [Int]())
        while let part = ahead.claim() {
            #expect(part.lowerBound == end)
            #expect(put(bytes(part.count, 1), of: part, into: ahead))
            #expect(try ahead.next()?.count == part.count)
            (end, lengths) = (part.upperBound, lengths + [part.count])
        }
        #expect(end == total)
        #expect(lengths.first == 2 * Self.MiB)
        #expect(lengths.dropLast().suffix(3).allSatisfy { $0 == Self.MiB / 8 })
        #expect(try ahead.next() == nil)
    }

    @Test func `what comes out of order is handed out in order`() throws {
        let ahead = ReadAhead(from: 0, to: 4 * Self.MiB, connections: 2)
        let parts = try (0..<2).map { _ in try #require(ahead.claim()) }
        #expect(put(bytes(parts[1].count, 2), of: parts[1], into: ahead))
        #expect(put(bytes(10, 1), of: parts[0], into: ahead))
        #expect(try ahead.next() == bytes(10, 1))
        #expect(put(bytes(parts[0].count - 10, 1), of: parts[0], into: ahead))
        #expect(try ahead.next() == bytes(parts[0].count - 10, 1))
        #expect(try ahead.next() == bytes(parts[1].count, 2))
    }

    @Test func `the missing rest of a lost part is the next that is claimed`() throws {
        let ahead = ReadAhead(from: 0, to: 9 * Self.MiB, connections: 3)
        let lost = try #require(ahead.claim())
        _ = try #require(ahead.claim())
        #expect(put(bytes(100, 1), of: lost, into: ahead))
        #expect(try ahead.next()?.count == 100)
        #expect(put(bytes(50, 1), of: lost, into: ahead))
        ahead.lose(lost, failure)
        let rest = try #require(ahead.claim())
        #expect(rest == 150..<lost.upperBound)
        #expect(put(bytes(rest.count, 2), of: rest, into: ahead))
        #expect(try ahead.next()?.count == rest.count + 50)
    }

    @Test func `the failure of the last connection comes after the bytes that have no gap before them`() throws {
        let ahead = ReadAhead(from: 0, to: 9 * Self.MiB, connections: 2)
        let parts = try (0..<2).map { _ in try #require(ahead.claim()) }
        #expect(put(bytes(10, 1), of: parts[0], into: ahead))
        #expect(put(bytes(10, 2), of: parts[1], into: ahead))
        ahead.lose(parts[0], .transient("stalled", "no byte"))
        #expect(!ahead.isOver)
        ahead.lose(parts[1], failure)
        #expect(try ahead.next() == bytes(10, 1))
        #expect(throws: failure) { try ahead.next() }
        #expect(ahead.claim() == nil)
    }

    @Test(arguments: [Failure.Code.http(416), "wrong_range"])
    func `another range than requested leaves the rest to one connection`(code: Failure.Code) throws {
        let ahead = ReadAhead(from: 0, to: 9 * Self.MiB, connections: 4)
        let part = try #require(ahead.claim())
        ahead.lose(part, .transient(code, "another range"))
        #expect(ahead.isOver)
        #expect(try ahead.next() == nil)
        #expect(ahead.claim() == nil)
        #expect(!put(bytes(1, 1), of: part, into: ahead))
    }

    @Test func `connections that never were leave everything to one`() throws {
        let ahead = ReadAhead(from: 0, to: 9 * Self.MiB, connections: 2)
        for _ in 0..<2 { ahead.lose(nil) }
        #expect(try ahead.next() == nil)
    }

    @Test func `more bytes than a part has are refused`() throws {
        let ahead = ReadAhead(from: 0, to: 9 * Self.MiB, connections: 2)
        let part = try #require(ahead.claim())
        #expect(!put(bytes(part.count + 1, 1), of: part, into: ahead))
        #expect(put(bytes(part.count, 1), of: part, into: ahead))
        #expect(!put(bytes(1, 1), of: part, into: ahead))
    }
}
