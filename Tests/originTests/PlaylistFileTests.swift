import Foundation
import Testing

@testable import origin

@Suite struct PlaylistFileTests {
    private func read(_ bytes: [UInt8]) throws -> PlaylistFile {
        let folder = FileManager.default.temporaryDirectory.path + "/origin-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/mine.m3u8"))
        return PlaylistFile("\(folder)/mine.m3u8")
    }

    private func names(_ list: PlaylistFile) -> [String] {
        list.paths.map { $0.split(separator: "/").suffix(2).joined(separator: "/") }
    }

    @Test func `comments, addresses and returns are no paths`() throws {
        let list = try read(
            Array(
                "\u{FEFF}#EXTM3U\r\n#EXTINF:1,A - B\r\na/one.mp3\r\n\r\nhttp://example.org/x.mp3\r\na/./two%20.mp3\r\n"
                    .utf8))
        #expect(names(list) == ["a/one.mp3", "a/two%20.mp3"])
        #expect(list.title == "mine")
    }

    @Test func `a list may name itself, go up, be absolute and repeat`() throws {
        let list = try read(Array("#PLAYLIST:Our mix\nb/../a/x.mp3\n/m/../n/y.mp3\nb/../a/x.mp3\n".utf8))
        #expect(list.title == "Our mix")
        #expect(names(list) == ["a/x.mp3", "n/y.mp3", "a/x.mp3"])
    }

    @Test func `bytes that are no UTF-8 are Latin-1`() throws {
        #expect(try names(read(Array("a/caf".utf8) + [0xE9] + Array(".mp3".utf8))) == ["a/caf\u{E9}.mp3"])
    }

    @Test func `a list that is not there is empty`() { #expect(PlaylistFile("/nowhere/x.m3u").paths.isEmpty) }
}
