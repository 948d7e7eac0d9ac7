import Foundation
import Testing

/// The seeds of the fuzzers, and what they once found, as ordinary tests.
@Suite struct FuzzTests {
    @Test(arguments: FuzzedReader.allCases)
    func `what a fuzzer starts from, and what one has found, is read`(reader: FuzzedReader) throws {
        let seeds = try Self.files(of: reader, in: "seeds")
        #expect(!seeds.isEmpty)
        for file in try seeds + Self.files(of: reader, in: "cases") {
            try reader.read(Array(Data(contentsOf: file)))
        }
    }

    @Test(arguments: FuzzedReader.allCases)
    func `seeds are read however they are cut short or one of their bytes changed`(reader: FuzzedReader) throws {
        for file in try Self.files(of: reader, in: "seeds") {
            let bytes = try Array(Data(contentsOf: file).prefix(2000))
            for place in stride(from: 0, to: bytes.count, by: 1 + bytes.count / 50) {
                try reader.read(Array(bytes.prefix(place)))
                var changed = bytes
                changed[place] ^= 0xA5
                try reader.read(changed)
            }
        }
    }

    private static func files(of reader: FuzzedReader, in folder: String) throws -> [URL] {
        let here = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let place = here.appending(path: "fuzz/\(folder)/\(reader.rawValue)")
        guard FileManager.default.fileExists(atPath: place.path) else { return [] }
        return try FileManager.default.contentsOfDirectory(at: place, includingPropertiesForKeys: nil)
    }
}
