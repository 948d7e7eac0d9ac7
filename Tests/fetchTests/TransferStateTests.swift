import FoundationEssentials
import Testing
import Wire

@testable import fetch

@Suite struct StateTests {
    private func media(_ change: (inout Media) throws -> Void = { _ in }) throws -> Media {
        var media = Media(url: "https://example.org/a", format: .flac)
        (media.quality, media.bytes, media.sha256) = ("flac", 9, "aa")
        try change(&media)
        return media
    }

    private func cipher(key: String = "k") throws -> Cipher {
        try Cipher(keyID: key, chunkBytes: 2048, every: 3, iv: Array(0..<8))
    }

    private func inFile(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString).json").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    @Test func `a state comes back from its file`() throws {
        try inFile { path in
            var state = TransferState(media: try media { $0.cipher = try cipher() }, etag: "\"1\"", total: 9)
            try state.write(to: path)
            #expect(TransferState(at: path) == state)
            state.sha256 = "aa"
            try state.write(to: path)
            #expect(TransferState(at: path) == state)
            #expect(!FileManager.default.fileExists(atPath: path + ".part"))
            try TransferState(media: Media(url: "", format: .mp3)).write(to: path)
            #expect(TransferState(at: path) == TransferState(media: Media(url: "", format: .mp3)))
        }
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"format":"other"}"#, #"{"format":"mp3","cipher":{"scheme":"other"}}"#])
    func `a file that cannot be read is no state`(text: String) throws {
        try inFile { path in
            try Data(text.utf8).write(to: URL(filePath: path))
            #expect(TransferState(at: path) == nil)
        }
        #expect(TransferState(at: "/none/such") == nil)
    }

    @Test func `a state fits the media that it came from, under whatever URL`() throws {
        var state = TransferState(media: try media(), total: 9)
        #expect(state.fits(try media { $0.url = "https://example.org/b" }))
        #expect(state.fits(try media { ($0.bytes, $0.sha256) = (nil, nil) }))
        state.sha256 = "aa"
        #expect(state.fits(try media()))
    }

    @Test func `a state fits no other media`() throws {
        var state = TransferState(media: try media { $0.cipher = try cipher() }, total: 9)
        state.sha256 = "aa"
        let changes: [(inout Media) throws -> Void] = [
            { $0.format = .mp3 }, { $0.quality = nil }, { $0.quality = "other" }, { $0.bytes = 8 },
            { $0.sha256 = "bb" },
            { $0.cipher = nil }, { $0.cipher = try cipher(key: "other") }
        ]
        #expect(state.fits(try media { $0.cipher = try cipher() }))
        for change in changes {
            let other = try media {
                $0.cipher = try cipher()
                try change(&$0)
            }
            #expect(!state.fits(other))
        }
    }
}
