import Testing
import Wire

@testable import Files

@Suite struct MagicTests {
    private static let opus = Array("OggS".utf8) + [UInt8](repeating: 0, count: 24) + Array("OpusHead".utf8)
    private static let ogg = Array("OggS".utf8) + [UInt8](repeating: 0, count: 24) + [1] + Array("vorbis".utf8)
    private static let m4a = [0, 0, 0, 0x20] + Array("ftypM4A ".utf8)
    private static let wav = Array("RIFF".utf8) + [1, 2, 3, 4] + Array("WAVEfmt ".utf8)

    @Test(
        arguments: [
            (Array("fLaC".utf8), Format.flac), (Array("ID3".utf8) + [4, 0], .mp3), ([0xFF, 0xFB, 0x90, 0x64], .mp3),
            ([0xFF, 0xF3, 0x40, 0xC0], .mp3),
            (opus, .opus), (ogg, .ogg), (m4a, .m4a), (wav, .wav)
        ] as [([UInt8], Format)])
    func `each container is known by its first bytes`(_ head: [UInt8], _ format: Format) {
        #expect(Magic.format(of: head) == format)
        #expect(Magic.matches(head, format))
        #expect(!Magic.isText(head))
    }

    @Test(arguments: [[], [0], [0xFF, 0xFF], [0x12, 0x34, 0x56, 0x78, 0x9A], [0xFF, 0xF1, 0x50, 0x80]] as [[UInt8]])
    func `other bytes are none of them`(_ head: [UInt8]) {
        #expect(Magic.format(of: head) == nil)
    }

    @Test func `a FLAC file may begin with an ID3 tag`() {
        #expect(Magic.matches(Array("ID3".utf8) + [4, 0, 0], .flac))
        #expect(!Magic.matches(Array("ID3".utf8) + [4, 0, 0], .ogg))
    }

    @Test(arguments: ["<!doctype html><p>nicht da", #"{"error":"no"}"#, "\n<html>", String(repeating: "é", count: 400)])
    func `a page is text`(_ page: String) {
        #expect(Magic.isText(Array(page.utf8)))
        #expect(Magic.isText(Array(page.utf8.prefix(511))))
    }

    @Test func `MP3 is known behind what players pass over, and nowhere else`() {
        let frame = [0xFF, 0xF3, 0x48, 0xC4] + [UInt8](repeating: 0x55, count: 140)
        let sound = frame + frame + frame
        let noise = (0..<2000).map { UInt8(truncatingIfNeeded: $0 * 7 + 1) & 0x7F }
        let tag = Array("APETAGEX".utf8) + [0xD0, 7, 0, 0, 0xD0, 7, 0, 0] + [UInt8](repeating: 0, count: 16)
        let riff =
            Array("RIFF....WAVEfmt ".utf8) + [16, 0, 0, 0, 0x55, 0] + [UInt8](repeating: 9, count: 14)
            + Array("data....".utf8)
        let pcm = riff.enumerated().map { $0.offset == 20 ? 1 : $0.element }
        for front in [[], [UInt8](repeating: 0, count: 9000), [1, 2, 3], Array(noise.prefix(900)), tag + noise, riff] {
            #expect(Magic.hasMPEG(front + sound))
            #expect(!Magic.hasMPEG(front + frame + noise))
        }
        #expect(Magic.hasMPEG([0, 0, 0] + Array("ID3".utf8) + [4, 0]))
        for front in [noise, pcm, Array("fLaC".utf8), Array("OggS".utf8)] { #expect(!Magic.hasMPEG(front + sound)) }
    }

    @Test func `pictures are known`() {
        #expect(Magic.imageType(of: [0xFF, 0xD8, 0xFF, 0xE0]) == "image/jpeg")
        #expect(Magic.imageType(of: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) == "image/png")
        #expect(Magic.imageType(of: Array("<svg".utf8)) == nil)
    }
}
