import Episodes
import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct AliasTests {
    private func record(_ id: String, _ aliases: String...) -> Wire.Record {
        var record = Wire.Record(kind: "track", id: id)
        record.set(aliases: aliases)
        return record
    }

    @Test func `a record is known by its id, by an alias, and by what its own id was an alias of`() throws {
        try Shelf.with { shelf in
            let (catalogue, track) = (try shelf.open(), try shelf.track("a"))
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(track)
                _ = try change.recognised(record("a", "b"))
            }
            #expect(try catalogue.known(record("c", "x", "b")).id == "a" && catalogue.known(record("b")).id == "a")
            // Whoever only reads keeps nothing.
            #expect(try catalogue.known(record("c")).id == "c")
            try catalogue.change { change throws(Failure) in
                #expect(try change.recognised(record("c", "d", "b")).aliases == ["c", "d", "b"])
            }
            let reader = try shelf.open(readOnly: true)
            #expect(try ["c", "d"].allSatisfy { try reader.known(record($0)).id == "a" })
            let (id, standing) = try reader.standing(of: record("d"))
            #expect(id == "a" && standing == .there(track.placed(in: catalogue.library)))
        }
    }

    @Test func `what failed, and what is in the trash, is known too`() throws {
        try Shelf.with { shelf in
            let (catalogue, track, failure) = (try shelf.open(), try shelf.track("a"), shelf.failure("b"))
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(track)
                try change.trash("a", [TrashedFile(path: "a.flac", place: ".segue/trash/a.flac")])
                try change.keep(failure)
            }
            #expect(try catalogue.known(record("x", "a")).id == "a" && catalogue.known(record("x", "b")).id == "b")
        }
    }

    @Test func `an id that a former one leads to is found once, and never kept`() throws {
        try Shelf.with { shelf in
            let (catalogue, track) = (try shelf.open(), try shelf.track("a"))
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(track)
                try change.execute("INSERT INTO alias VALUES ('was:1', 'a'), ('was:2', 'a')", [])
                #expect(try change.recognised(record("b", "was:1", "was:3")).id == "a")
                #expect(try change.recognised(record("c", "was:2", "was:3")).id == "c")
            }
            #expect(try catalogue.known(record("b")).id == "a" && catalogue.known(record("d", "was:3")).id == "d")
        }
    }

    /// A catalogue of before, with two episodes of one feed and something of a list of links.
    private func fill(_ shelf: Shelf) throws {
        try shelf.write("", to: ".segue/catalogue.sqlite")
        let queue = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite")
        try Schema.migrator.migrate(queue, upTo: "what was wished for where another quality was taken")
        try queue.write { database in
            for (n, section) in [#"'{"release_date":"2026-01-01"}'"#, #"'{"release_date":7}'"#, "'damaged'", "NULL"]
                .enumerated()
            {
                try database.execute(
                    sql: """
                        INSERT INTO track (id, path, bytes, sha256, format, title, section, recorded_at)
                        VALUES ('url:track:\(n)', '\(n).mp3', 5, '00', 'mp3', 'Ep \(n)', \(section), '2026-01-01');
                        INSERT INTO member VALUES ('file:playlist:1', \(n + 1), 'url:track:\(n)');
                        """)
            }
            try database.execute(
                sql: """
                    INSERT INTO member VALUES ('file:playlist:1', 9, 'url:track:9');
                    INSERT INTO failure (id, stage, class, code, message, record, failed_at) VALUES
                    ('url:track:9', 'fetch', 'permanent', 'http_404', '',
                    '{"ref":"http://h/9.mp3?token=0","track":{"title":"Ep 9","release_date":"2026-01-09"}}', '2026-01-01');
                    """)
        }
    }

    private func told(_ link: String, _ title: String, _ day: String) -> Wire.Record {
        let ids = FormerID.ids(in: "file:playlist:1", links: FormerID.links("http://h/\(link)"), title: title, day: day)
        var record = Wire.Record(kind: "track", id: "new")
        record.set(aliases: ids)
        return record
    }

    @Test(arguments: [true, false])
    func `what an older version booked is found, before the catalogue is brought up to date and after`(
        _ isOld: Bool
    ) throws {
        try Shelf.with { shelf in
            try fill(shelf)
            if !isOld { _ = try shelf.open() }
            let reader = try shelf.open(readOnly: true)
            #expect(try reader.known(told("x.mp3", "Ep 0", "2026-01-01")).id == "url:track:0")
            #expect(try reader.known(told("x.mp3", "Ep 0", "2026-01-02")).id == "new")
            #expect(try reader.known(told("x.mp3", "Ep 2", "2026-01-01")).id == "new")
            #expect(try reader.known(told("9.mp3?token=1", "Ep 9", "2026-02-01")).id == "url:track:9")
        }
    }

    @Test func `a reader that came before the catalogue was brought up to date goes on`() throws {
        try Shelf.with { shelf in
            try fill(shelf)
            let reader = try shelf.open(readOnly: true)
            _ = try shelf.open()
            #expect(try reader.known(told("x.mp3", "Ep 0", "2026-01-01")).id == "url:track:0")
        }
    }
}
