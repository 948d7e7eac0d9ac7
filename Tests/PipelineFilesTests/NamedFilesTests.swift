import Foundation
import Processes
import Testing
import Wire

@testable import PipelineFiles

@Suite struct NamedFilesTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        try TemporaryFolder.with(prefix: "segue-named") { folder throws(Failure) in
            do { try body(folder) } catch { Issue.record(error) }
        }
    }

    private func request(_ ref: String) -> Record { Record(request: ref, id: "x:track:1") }

    private func track(_ file: String, artwork: String? = nil) throws -> Record {
        let cover = artwork.map { #","artwork":{"path":"\#($0)"}"# } ?? ""
        let line = #"{"v":1,"id":"x:track:1","kind":"track","file":{"path":"\#(file)"\#(cover)}}"#
        return try Record(line: Array(line.utf8))
    }

    @Test func `a list counts once, and again when another file has its name`() throws {
        try withFolder { folder in
            let (files, list) = (NamedFiles(.lists), "\(folder)/a.m3u")
            files.add(request(list))
            #expect(files.changes == 0)
            try Data("a".utf8).write(to: URL(filePath: list))
            for _ in 1...2 { files.add(request(list)) }
            #expect(files.changes == 1 && files.paths == [list])
            try FileManager.default.moveItem(atPath: list, toPath: "\(folder)/b.m3u")
            try Data("c".utf8).write(to: URL(filePath: list))
            files.add(request(list))
            #expect(files.changes == 2 && files.paths == [list])
            for ref in ["track:7", "https://x.example/a.m3u", "folder:\(folder)"] { files.add(request(ref)) }
            #expect(files.changes == 2)
        }
    }

    @Test func `a folder that was named holds the files of its tracks`() throws {
        try withFolder { folder in
            let files = NamedFiles(.music(outside: ["\(folder)/spool"]))
            for name in ["spool", "music", "music/album", "other"] {
                try FileManager.default.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
            }
            files.add(request("folder:\(folder)/music"))
            files.add(try track("\(folder)/music/album/a.flac", artwork: "\(folder)/music/cover.jpg"))
            files.add(try track("\(folder)/spool/b.media"))
            #expect(files.paths == ["\(folder)/music"])
            files.add(try track("\(folder)/other/c.flac"))
            #expect(files.paths.sorted() == ["\(folder)/music", "\(folder)/other"] && files.changes == 2)
        }
    }
}
