import Files
import FoundationEssentials
import Limiter
import Testing
import Web
import Wire

@testable import fetch

@Suite struct TransferTests {
    /// A URL that nobody may ask: nothing listens there.
    private let media = Media(url: "http://127.0.0.1:1/a", format: .flac)
    private let body = Data("fLaC and more".utf8)

    private func inSpool(_ body: (SpoolSlot) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(SpoolSlot(media: "\(folder)/a.media", state: "\(folder)/a.json"))
    }

    private func run(_ slot: SpoolSlot, _ media: Media? = nil) throws(Failure) -> Fetched {
        let hosts = Hosts(folder: nil, defaultRate: nil, wait: { _ throws(Failure) in })
        let client = Client(hosts: hosts, userAgent: "tests", shouldStop: { false })
        let limits = TransferLimits(stall: 5, pace: nil, mayGoNear: false)
        return try Transfer(media: media ?? self.media, slot: slot, limits: limits, progress: { _, _ in }).run(
            with: client)
    }

    /// Puts the file at `path`, with the state of one that is finished.
    private func finish(_ slot: SpoolSlot, at path: String) throws {
        try body.write(to: URL(filePath: path))
        var state = TransferState(media: media, total: body.count)
        state.sha256 = try digest(ofFile: path).sha256
        try state.write(to: slot.state)
    }

    @Test func `what another process finished in the meantime is taken`() throws {
        try inSpool { slot in
            try finish(slot, at: slot.media)
            #expect(try run(slot).bytes == body.count)
            #expect(!FileManager.default.fileExists(atPath: slot.partial))
        }
    }

    @Test func `a whole file without its name gets it`() throws {
        try inSpool { slot in
            try finish(slot, at: slot.partial)
            #expect(try run(slot).path == slot.media)
            #expect(FileManager.default.contents(atPath: slot.media) == body)
        }
    }

    @Test(arguments: [true, false]) func `a small file without a state is taken if its digest is that of the media`(
        isRight: Bool
    ) throws {
        try inSpool { slot in
            try body.write(to: URL(filePath: slot.media))
            var media = media
            media.sha256 = isRight ? try digest(ofFile: slot.media).sha256 : String(repeating: "0", count: 64)
            let found = try? run(slot, media)
            #expect(found?.sha256 == (isRight ? media.sha256 : nil))
        }
    }

    @Test func `a small file without a state and without a digest is not taken`() throws {
        try inSpool { slot in
            try body.write(to: URL(filePath: slot.media))
            #expect(throws: Failure.self) { try run(slot) }
        }
    }

    @Test func `a file that changed since it was whole is not taken, and nothing of it stays`() throws {
        try inSpool { slot in
            try finish(slot, at: slot.partial)
            try Data("fLaC and less".utf8).write(to: URL(filePath: slot.partial))
            let failure = #expect(throws: Failure.self) { try run(slot) }
            #expect(failure?.code == "connect")
            #expect(!FileManager.default.fileExists(atPath: slot.partial))
            #expect(TransferState(at: slot.state) == nil)
        }
    }
}
