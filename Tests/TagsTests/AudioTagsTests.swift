import FoundationEssentials
import Testing
import Wire

@testable import Tags

@Suite struct AudioTagsTests {
    /// A second of silence, 8-bit mono at 8 kHz.
    private let silence: [UInt8] = {
        func little(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(value >> ($0 * 8) & 0xFF) } }
        let format: [UInt8] = [1, 0, 1, 0] + little(8000) + little(8000) + [1, 0, 8, 0]
        return Array("RIFF".utf8) + little(8036) + Array("WAVEfmt ".utf8) + little(16) + format + Array("data".utf8)
            + little(8000) + [UInt8](repeating: 128, count: 8000)
    }()

    private var track: Track {
        var track = Track()
        (track.title, track.artist, track.artists) = ("Tïtle", "A feat. B", ["A", "B"])
        (track.album, track.albumArtist, track.genres) = ("Album", "A", ["Rock", "Jazz"])
        (track.trackNumber, track.trackTotal, track.discNumber, track.discTotal) = (4, 14, 1, 2)
        (track.releaseDate, track.isrc, track.label, track.bpm) = ("2024-03-07", "QZABC2400001", "Label", 128)
        (track.originalDate, track.upc, track.copyright) = ("1969", "0042284220125", "(C) 2024")
        (track.comment, track.lyrics, track.compilation, track.explicit) = ("said", "words\nand more", true, true)
        var gain = ReplayGain()
        (gain.trackGain, gain.trackPeak, gain.albumGain) = (-6.9, 0.987654, 2.5)
        track.replayGain = gain
        track.albumArtists = ["A", "C"]
        track.contributors = [.composer: ["Co", "Mo"], .producer: ["Pro"], .conductor: ["Du"]]
        track.musicBrainz.recording = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
        track.musicBrainz.release = "76df3287-6cda-33eb-8e9a-044b5e15ffdd"
        track.musicBrainz.artists = ["a74b1b7f-71a5-4011-9441-d0b5e4122711", "164f0d73-1234-4e2c-8743-d77bf2191051"]
        return track
    }

    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "tags-\(UUID().uuidString).wav").path
        try Data(bytes).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `what is written is read`() throws {
        try withFile(silence) { path in
            try AudioTags.write(track, source: "c:track:1", artwork: nil, to: path, .wav)
            var expected = track
            expected.duration = 1
            #expect(try AudioTags.read(path, .wav) == expected)
            #expect(try AudioTags.duration(path, .wav) == 1)
            #expect(try AudioTags.artwork(path, .wav) == nil)
        }
    }

    @Test(arguments: [
        ("20.07.1969", "1969-07-20"), ("1969-07", "1969-07"), ("July 20, 1969", "1969-07-20"), ("07/08/1969", nil),
        ("soon", nil)
    ])
    func `a date is read whatever way it is written in`(_ written: String, _ expected: String?) throws {
        try withFile(silence) { path in
            var other = Track()
            (other.releaseDate, other.originalDate) = (written, written)
            try AudioTags.write(other, source: nil, artwork: nil, to: path, .wav)
            let found = try AudioTags.read(path, .wav)
            #expect([found.releaseDate, found.originalDate] == [expected, expected])
        }
    }

    @Test func `the same track gives the same bytes, over and over`() throws {
        let cover = Artwork(bytes: [0xFF, 0xD8, 0xFF, 0xE0], mime: "image/jpeg")
        try withFile(silence) { path in
            try AudioTags.write(track, source: "c:track:1", artwork: cover, to: path, .wav)
            let first = FileManager.default.contents(atPath: path)
            try AudioTags.write(track, source: "c:track:1", artwork: cover, to: path, .wav)
            #expect(FileManager.default.contents(atPath: path) == first)
            #expect(try AudioTags.artwork(path, .wav) == cover)
        }
    }

    @Test func `what is not known stays`() throws {
        try withFile(silence) { path in
            try AudioTags.write(track, source: "c:track:1", artwork: nil, to: path, .wav)
            var later = Track()
            (later.title, later.trackNumber, later.bpm) = ("Other", 5, 0)
            try AudioTags.write(later, source: nil, artwork: nil, to: path, .wav)
            let read = try AudioTags.read(path, .wav)
            #expect(read.title == "Other")
            #expect(read.trackNumber == 5)
            #expect(read.trackTotal == 14)
            #expect(read.bpm == 128)
            #expect(read.artists == ["A", "B"])
        }
    }

    @Test func `a NUL divides no value`() throws {
        try withFile(silence) { path in
            var track = Track()
            (track.title, track.genres) = ("a\0b", ["", "c\0d"])
            try AudioTags.write(track, source: "c:track:1", artwork: nil, to: path, .wav)
            #expect(try AudioTags.read(path, .wav).title == "a b")
            #expect(try AudioTags.read(path, .wav).genres == ["c d"])
        }
    }

    @Test func `the artists are joined where no display name is known`() throws {
        try withFile(silence) { path in
            var track = Track()
            track.artists = ["A", "B"]
            try AudioTags.write(track, source: "c:track:1", artwork: nil, to: path, .wav)
            #expect(try AudioTags.read(path, .wav).artist == "A, B")
        }
    }

    @Test(arguments: Format.allCases)
    func `bytes that are no audio are refused`(format: Format) throws {
        try withFile(Array("no audio at all, only text that goes on for a while".utf8)) { path in
            let failure = #expect(throws: Failure.self) { try AudioTags.read(path, format) }
            #expect(failure?.class == .permanent)
            #expect(failure?.code == "bad_audio")
        }
    }

    @Test func `a file that is not there is refused`() {
        #expect(throws: Failure.self) { try AudioTags.duration("/nowhere/at/all.wav", .wav) }
    }
}
