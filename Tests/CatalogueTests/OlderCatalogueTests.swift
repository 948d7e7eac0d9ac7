import GRDB
import Testing
import Wire

@testable import Catalogue

/// A reader of an older catalogue goes on while a writer of a newer version brings it up to date.
@Suite struct OlderCatalogueTests {
    private static let versions = Schema.migrator.migrations

    @Test(arguments: versions, [false, true])
    func `a reader answers the same after a writer has brought the catalogue up to date`(
        version: String, hasAsked: Bool
    ) throws {
        try Shelf.with { shelf in
            try shelf.write("audio", to: "a.flac")
            try shelf.write("longer audio", to: "edited.flac")
            try shelf.write("", to: ".segue/catalogue.sqlite")
            let queue = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite")
            try Schema.migrator.migrate(queue, upTo: version)
            try queue.write { try book($0) }

            let reader = try shelf.open(readOnly: true)
            if hasAsked { try expectAnswers(of: reader) }
            let writer = try shelf.open()
            try writer.change { change throws(Failure) in try change.keep(twin: "two:track:1", of: "one:track:1") }
            try expectAnswers(of: reader)
            if version == Self.versions.last { try expectTwin(in: reader) }

            try queue.write { try $0.execute(sql: "ALTER TABLE track ADD COLUMN tomorrow TEXT DEFAULT 'a text'") }
            try expectAnswers(of: reader)
            try expectAnswers(of: writer)
            try expectTwin(in: writer)
            try writer.change { change throws(Failure) in
                #expect(try change.file("one:track:1")?.booking.recordedAt == 4_102_444_800)
            }
        }
    }

    /// A file that is as it was booked, and one that somebody has edited since.
    private func book(_ database: Database) throws {
        for (id, file, day) in [("one:track:1", "a.flac", "2100-01-01"), ("one:track:2", "edited.flac", "2001-01-01")] {
            try database.execute(
                sql: """
                    INSERT INTO track (id, path, bytes, sha256, format, duration_s, section, recorded_at)
                    VALUES (?, ?, 5, '00', 'flac', 337, ?, ?)
                    """,
                arguments: [
                    id, file, #"{"title":"So What","artist":"Davis","album":"Blue","isrc":"USSM15900001"}"#, day
                ])
        }
        try database.execute(sql: "INSERT INTO member VALUES ('one:album:1', 3, 'one:track:1')")
    }

    private func expectAnswers(of reader: Catalogue) throws {
        guard case .there = try reader.standing(id: "one:track:1"),
            case .edited = try reader.standing(id: "one:track:2")
        else {
            Issue.record("not as they are")
            return
        }
        #expect(try reader.track(id: "one:track:1")?.duration == 337)
        #expect(try reader.track(path: "a.flac")?.booking.recordedAt == 4_102_444_800)
        #expect(try reader.files(after: "", limit: 9).map(\.id) == ["one:track:1", "one:track:2"])
        #expect(try !reader.isTouched(id: "one:track:1"))
        #expect(try reader.isTouched(id: "one:track:2"))
        let record = try #require(try reader.record(of: "one:track:1"))
        #expect(record.parent == "one:album:1" && record.seq == 3)
        var ids: [String] = []
        try reader.eachTrack { ids.append($0.id) }
        #expect(ids == ["one:track:1", "one:track:2"])
    }

    private func expectTwin(in catalogue: Catalogue) throws {
        let twins = try catalogue.twins(of: "two:track:1", Track())
        #expect(twins.map(\.track.id) == ["one:track:1"] && twins.map(\.isKnown) == [true])
    }
}
