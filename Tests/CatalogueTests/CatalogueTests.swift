import Files
import FoundationEssentials
import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct CatalogueTests {
    @Test func `a missing catalogue is empty to a reader, who makes nothing`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open(readOnly: true)
            #expect(try catalogue.track(id: "c:track:1") == nil)
            #expect(try catalogue.placed(id: "c:track:1") == nil)
            #expect(try catalogue.openFailures().isEmpty)
            #expect(!FileManager.default.fileExists(atPath: shelf.folder))
        }
    }

    @Test func `a catalogue that is just being made is empty to a reader`() throws {
        try Shelf.with { shelf in
            try shelf.write("", to: ".segue/catalogue.sqlite")
            #expect(try shelf.open(readOnly: true).track(id: "c:track:1") == nil)
        }
    }

    @Test func `a reader changes nothing`() throws {
        try Shelf.with { shelf in
            _ = try shelf.open()
            let track = try shelf.track("c:track:1")
            let reader = try shelf.open(readOnly: true)
            #expect(throws: Failure.self) { try reader.change { change throws(Failure) in try change.keep(track) } }
            #expect(try reader.track(id: "c:track:1") == nil)
        }
    }

    @Test func `a reader sees what another connection has just committed`() throws {
        try Shelf.with { shelf in
            let (writer, reader) = (try shelf.open(), try shelf.open(readOnly: true))
            let track = try shelf.track("c:track:1")
            try writer.change { change throws(Failure) in try change.keep(track) }
            #expect(try reader.track(id: "c:track:1")?.path == "a.flac")
        }
    }

    @Test func `what a crash left of the look for shared memory goes`() throws {
        try Shelf.with { shelf in
            let left = TemporaryName.path(in: "\(shelf.folder)/.segue", for: "shared memory")
            try shelf.write("", to: String(left.dropFirst(shelf.folder.count + 1)))
            _ = try shelf.open()
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(shelf.folder)/.segue")
            #expect(names.allSatisfy { $0.hasPrefix("catalogue.sqlite") })
        }
    }

    @Test func `a file counts only while it is there with its size`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("c:track:1")
            try catalogue.change { change throws(Failure) in try change.keep(track) }
            let placed = try #require(try catalogue.placed(id: "c:track:1"))
            #expect(placed.path == catalogue.library + "/a.flac")
            #expect((placed.bytes, placed.sha256, placed.format, placed.duration) == (5, "00", .flac, 1.5))
            try shelf.write("longer", to: "a.flac")
            #expect(try catalogue.placed(id: "c:track:1") == nil)
            try FileManager.default.removeItem(atPath: placed.path)
            #expect(try catalogue.placed(id: "c:track:1") == nil)
            #expect(try catalogue.track(id: "c:track:1") != nil)
        }
    }

    @Test func `a library can be moved`() throws {
        try Shelf.with { shelf in
            do {
                let catalogue = try shelf.open()
                let track = try shelf.track("c:track:1")
                try catalogue.change { change throws(Failure) in try change.keep(track) }
            }
            let elsewhere = shelf.folder + "-moved"
            try FileManager.default.moveItem(atPath: shelf.folder, toPath: elsewhere)
            defer { try? FileManager.default.removeItem(atPath: elsewhere) }
            let placed = try Catalogue(library: elsewhere, readOnly: true).placed(id: "c:track:1")
            #expect(placed?.path.hasSuffix("-moved/a.flac") == true)
        }
    }

    @Test func `ids are told apart by their bytes`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let ids = ["c:track:\u{E9}", "c:track:e\u{301}", "c:track:E"]
            for (number, id) in ids.enumerated() {
                let track = try shelf.track(id, at: "\(number).flac")
                try catalogue.change { change throws(Failure) in try change.keep(track) }
            }
            #expect(try ids.map { try catalogue.track(id: $0)?.path } == ["0.flac", "1.flac", "2.flac"])
            #expect(try catalogue.track(id: "c:track:E\0") == nil)
        }
    }

    @Test func `a change that throws leaves nothing behind`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("c:track:1")
            #expect(throws: Failure.permanent("x", "no")) {
                try catalogue.change { change throws(Failure) in
                    _ = try change.keep(track)
                    throw .permanent("x", "no")
                }
            }
            #expect(try catalogue.track(id: "c:track:1") == nil)
        }
    }

    @Test func `a locked catalogue is busy once the patience is at its end`() throws {
        try Shelf.with { shelf in
            let (holder, other) = (try shelf.open(), try shelf.open(patience: 0.05))
            try holder.change { _ throws(Failure) in
                let failure = #expect(throws: Failure.self) {
                    try other.change { change throws(Failure) in try change.solve("c:track:1") }
                }
                #expect(failure?.class == .transient)
                #expect(failure?.code == "busy")
            }
            try other.change { change throws(Failure) in try change.solve("c:track:1") }
        }
    }

    @Test func `commits are durable and written ahead`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            #expect(try catalogue.read { try Int.fetchOne($0, sql: "PRAGMA synchronous") } == 2)
            #expect(try catalogue.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        }
    }

    @Test func `a newer catalogue is refused to writers and readers`() throws {
        try Shelf.with { shelf in
            try shelf.open().change { change throws(Failure) in
                try change.execute("INSERT INTO grdb_migrations VALUES ('of tomorrow')", [])
            }
            for readOnly in [true, false] {
                let failure = #expect(throws: Failure.self) { try shelf.open(readOnly: readOnly) }
                #expect(failure?.class == .config)
                #expect(failure?.code == "newer_catalogue")
            }
        }
    }

    @Test func `a file that is no database is refused`() throws {
        try Shelf.with { shelf in
            try shelf.write(String(repeating: "garbage ", count: 1000), to: ".segue/catalogue.sqlite")
            for readOnly in [true, false] {
                let failure = #expect(throws: Failure.self) { try shelf.open(readOnly: readOnly) }
                #expect(failure?.class == .config)
                #expect(failure?.code == "bad_catalogue")
            }
        }
    }
}
