import FoundationEssentials
import Glibc
import Testing
import Wire

@testable import Tags

@Suite struct TagDraftTests {
    /// A second and more of silent frames, 128 kbit/s at 44.1 kHz.
    private static let frames = [[UInt8]](
        repeating: [0xFF, 0xFB, 0x90, 0x64] + [UInt8](repeating: 0, count: 413), count: 60
    ).flatMap(\.self)

    private static func id3(_ padding: Int) -> [UInt8] {
        let frame = Array("TPE1".utf8) + [0, 0, 0, 4, 0, 0, 3] + Array("Old".utf8)
        let size = frame.count + padding
        let bytes = [3, 2, 1, 0].map { UInt8(size >> ($0 * 7) & 0x7F) }
        return Array("ID3".utf8) + [4, 0, 0] + bytes + frame + [UInt8](repeating: 0, count: padding)
    }

    private static let id3v1 =
        Array("TAG".utf8) + Array("Former".utf8) + [UInt8](repeating: 0, count: 118) + [0xFF]

    private static let ape: [UInt8] = {
        let item = [4, 0, 0, 0, 0, 0, 0, 0] + Array("Mood".utf8) + [0] + Array("calm".utf8)
        func frame(_ flags: UInt8) -> [UInt8] {
            let head = Array("APETAGEX".utf8) + [0xD0, 7, 0, 0, UInt8(item.count + 32), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
            return head + [flags] + [UInt8](repeating: 0, count: 8)
        }
        return item + frame(0)
    }()

    private static func flac(_ blocks: [(kind: UInt8, bytes: [UInt8])]) -> [UInt8] {
        // 4096 samples a block, 44.1 kHz, two channels of 16 bits, 44,100 samples.
        let stream: [UInt8] =
            [16, 0, 16, 0] + [UInt8](repeating: 0, count: 6) + [0x0A, 0xC4, 0x42, 0xF0, 0, 0, 0xAC, 0x44]
            + [UInt8](repeating: 7, count: 16)
        let all = [(kind: UInt8(0), bytes: stream)] + blocks
        let heads = all.enumerated().flatMap { index, block in
            let size = [16, 8, 0].map { UInt8(block.bytes.count >> $0 & 0xFF) }
            return [block.kind | (index == all.count - 1 ? 0x80 : 0)] + size + block.bytes
        }
        return Array("fLaC".utf8) + heads + sound
    }

    private static let sound = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* 7919 >> 3) }
    private static func padding(_ count: Int) -> (kind: UInt8, bytes: [UInt8]) {
        (1, [UInt8](repeating: 0, count: count))
    }

    private static let picture: (kind: UInt8, bytes: [UInt8]) = (
        6,
        [0, 0, 0, 3, 0, 0, 0, 9] + Array("image/png".utf8) + [UInt8](repeating: 0, count: 20) + [0, 0, 0x9C, 0x40]
            + [UInt8](repeating: 5, count: 40_000)
    )

    struct Sample: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let format: Format
        let bytes: [UInt8]
    }

    static let samples = [
        Sample(testDescription: "FLAC", format: .flac, bytes: flac([])),
        Sample(testDescription: "FLAC with some padding", format: .flac, bytes: flac([padding(4000)])),
        Sample(testDescription: "FLAC with much padding", format: .flac, bytes: flac([padding(900_000)])),
        Sample(testDescription: "FLAC with a picture", format: .flac, bytes: flac([picture, padding(8192)])),
        Sample(testDescription: "FLAC behind ID3", format: .flac, bytes: id3(100) + flac([])),
        Sample(testDescription: "FLAC between ID3s", format: .flac, bytes: id3(100) + flac([]) + id3v1),
        Sample(testDescription: "MP3", format: .mp3, bytes: frames),
        Sample(testDescription: "MP3 with a tag", format: .mp3, bytes: id3(0) + frames),
        Sample(testDescription: "MP3 with a roomy tag", format: .mp3, bytes: id3(100_000) + frames),
        Sample(testDescription: "MP3 behind zeros", format: .mp3, bytes: [UInt8](repeating: 0, count: 700) + frames),
        Sample(testDescription: "MP3 with ID3v1", format: .mp3, bytes: frames + id3v1),
        Sample(testDescription: "MP3 with APE", format: .mp3, bytes: id3(500) + frames + ape),
        Sample(testDescription: "MP3 with all", format: .mp3, bytes: id3(9) + frames + ape + id3v1)
    ]

    private static let cover = Artwork(
        bytes: [0xFF, 0xD8, 0xFF, 0xE0] + [UInt8](repeating: 1, count: 30_000), mime: "image/jpeg")

    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "draft-\(UUID().uuidString)").path
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test(arguments: samples, [nil, cover])
    func `a file is tagged aside as it would be in place`(_ sample: Sample, _ artwork: Artwork?) throws {
        var track = Track()
        (track.title, track.genres, track.trackNumber) = ("Tïtle", ["Rock", "Jazz"], 4)
        (track.lyrics, track.syncedLyrics) = ("words\nand more", "[00:01.00]words\n[00:02.50]and more\n")
        try withFile(sample.bytes) { path in
            let descriptor = open(path, O_RDONLY)
            defer { close(descriptor) }
            let draft = try #require(try TagDraft(of: descriptor, at: path, sample.format))
            #expect(draft.read() == (try AudioTags.read(path, sample.format)))
            let aside = try draft.write(track, source: "c:track:1", artwork: artwork)
            #expect(FileManager.default.contents(atPath: path).map(Array.init) == sample.bytes)
            try AudioTags.write(track, source: "c:track:1", artwork: artwork, to: path, sample.format)
            let inPlace = FileManager.default.contents(atPath: path).map(Array.init)
            #expect(aside.beginning + sample.bytes[aside.rest] == inPlace)
        }
    }

    @Test(arguments: [Format.ogg, .opus, .m4a, .wav])
    func `a container whose tags may be anywhere is not tagged aside`(_ format: Format) throws {
        #expect(try TagDraft(of: -1, at: "", format) == nil)
    }

    @Test(arguments: [Format.flac, .mp3])
    func `bytes without audio are refused`(_ format: Format) throws {
        try withFile(Array("no audio at all, only text that goes on for a while".utf8)) { path in
            let descriptor = open(path, O_RDONLY)
            defer { close(descriptor) }
            let failure = #expect(throws: Failure.self) { try TagDraft(of: descriptor, at: path, format) }
            #expect(failure?.code == "bad_audio")
        }
    }
}
