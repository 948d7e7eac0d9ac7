import Testing
import Wire

@Suite struct MediaQualityTests {
    private func isBetter(_ media: (Format, String?), than file: (Format, String?), bytes: Int = 480_000) -> Bool {
        var offer = Media(url: "http://127.0.0.1/", format: media.0)
        offer.quality = media.1
        let placed = Placed(path: "/a", bytes: bytes, sha256: "", format: file.0, duration: 30, quality: file.1)
        return offer.isBetter(than: placed)
    }

    @Test func `lossless is better than lossy, and nothing is better than lossless`() {
        #expect(isBetter((.flac, nil), than: (.mp3, "mp3_320")))
        #expect(isBetter((.wav, "wav"), than: (.opus, nil)))
        #expect(isBetter((.m4a, "alac"), than: (.m4a, "aac_256")))
        #expect(!isBetter((.flac, "flac_24"), than: (.flac, "flac_16")))
        #expect(!isBetter((.mp3, "mp3_320"), than: (.flac, nil)))
        #expect(!isBetter((.flac, nil), than: (.m4a, "ALAC")))
    }

    @Test func `a higher bit rate is better in the same format only`() {
        #expect(isBetter((.mp3, "mp3_320"), than: (.mp3, "mp3_128")))
        #expect(!isBetter((.mp3, "mp3_128"), than: (.mp3, "mp3_128")))
        #expect(!isBetter((.mp3, "mp3_320"), than: (.ogg, "ogg_96")))
        #expect(!isBetter((.mp3, "preview"), than: (.mp3, nil)))
    }

    @Test func `where no quality tells the bit rate of a file, its size does`() {
        // 128 kbit/s.
        #expect(isBetter((.mp3, "mp3_320"), than: (.mp3, nil)))
        #expect(!isBetter((.mp3, "mp3_128"), than: (.mp3, nil)))
    }
}
