import FoundationEssentials
import Glibc
import Testing

@testable import Files

@Suite struct AudioWalkTests {
    private func withLibrary(_ body: (String) throws -> Void) throws {
        let library = FileManager.default.temporaryDirectory.appending(path: "walk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: library, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: library) }
        try body(library)
    }

    private func make(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: folder(of: path), withIntermediateDirectories: true)
        try Data().write(to: URL(filePath: path))
    }

    private func entries(_ library: String, below folder: String = "") -> [AudioWalk.Entry] {
        var entries: [AudioWalk.Entry] = []
        AudioWalk(library: library).each(below: folder) { entries.append($0) }
        return entries.sorted { "\($0)" < "\($1)" }
    }

    @Test func `files that are called as audio are found in all folders`() throws {
        try withLibrary { library in
            for path in ["a.mp3", "b/c/d.FLAC", "b/é.m4a", "cover.jpg", "b/mp3"] { try make("\(library)/\(path)") }
            #expect(entries(library) == [.file("a.mp3"), .file("b/c/d.FLAC"), .file("b/é.m4a")])
            #expect(entries(library, below: "b") == [.file("b/c/d.FLAC"), .file("b/é.m4a")])
        }
    }

    @Test(arguments: [".hidden", ".segue/trash", "b/.c", "@eaDir", "b/@eaDir/c", "#recycle", "lost+found"])
    func `what is hidden, or kept by a file server for itself, is left out`(folder: String) throws {
        try withLibrary { library in
            try make("\(library)/\(folder)/a.mp3")
            #expect(entries(library).isEmpty)
        }
    }

    @Test func `only files count, and links to files`() throws {
        try withLibrary { library in
            try make("\(library)/a.mp3")
            try make("\(library)/folder.flac/b.mp3")
            #expect(mkfifo("\(library)/pipe.mp3", 0o600) == 0)
            let links = [("a.mp3", "b.mp3"), ("nowhere", "c.mp3"), ("pipe.mp3", "d.ogg"), (".", "e.mp3")]
            for (target, name) in links { #expect(symlink(target, "\(library)/\(name)") == 0) }
            #expect(entries(library) == [.file("a.mp3"), .file("b.mp3"), .file("folder.flac/b.mp3")])
        }
    }

    @Test func `a path that is no UTF-8 is told byte by byte`() throws {
        try withLibrary { library in
            for name in [[0x63, 0xE9], [0xC3, 0xA9, 0xF0, 0x9F]] as [[UInt8]] {
                let path = (Array("\(library)/".utf8) + name + Array(".mp3".utf8) + [0]).map { CChar(bitPattern: $0) }
                let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
                #expect(descriptor >= 0 && close(descriptor) == 0)
            }
            #expect(entries(library) == [.misnamed("c\\xe9.mp3"), .misnamed("é\\xf0\\x9f.mp3")])
        }
    }

    @Test func `a folder that cannot be read is told`() throws {
        try withLibrary { library in
            try make("\(library)/a.mp3")
            // So deep that its path is longer than any call takes; a folder without rights would keep nothing from root.
            let half = Array(repeating: String(repeating: "x", count: 250), count: 9).joined(separator: "/")
            try make("\(library)/a/\(half)/b.mp3")
            try make("\(library)/c/\(half)/d.mp3")
            #expect(rename("\(library)/c", "\(library)/a/\(half)/c") == 0)
            defer { rename("\(library)/a/\(half)/c", "\(library)/c") }
            let found = entries(library)
            #expect(found.contains(.file("a.mp3")) && found.contains(.file("a/\(half)/b.mp3")) && found.count == 3)
            #expect(found.contains { if case .unreadable(_, let why) = $0 { why.contains("too long") } else { false } })
        }
    }
}
