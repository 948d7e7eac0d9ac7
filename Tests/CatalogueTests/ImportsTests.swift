import FoundationEssentials
import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct ImportsTests {
    private func track(_ change: (inout Track) -> Void) -> Track {
        var track = Track()
        (track.title, track.artist, track.album, track.duration) = ("Blue in Green", "Miles Davis", "Kind of Blue", 337)
        change(&track)
        return track
    }

    /// A library that holds a file of this track, imported or not.
    private func holding(_ track: Track, id: String, _ body: (Catalogue) throws -> Void) throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            try shelf.write("audio", to: "a.flac")
            var record = Record(kind: "track", id: id)
            record.edit("track") { track.write(to: &$0) }
            let placed = Placed(
                path: "\(shelf.folder)/a.flac", bytes: 5, sha256: "00", format: .flac, duration: track.duration,
                quality: nil)
            let file = try CataloguedTrack(record, placed: placed, path: "a.flac")
            try catalogue.change { change throws(Failure) in _ = try change.keep(file) }
            try body(catalogue)
        }
    }

    @Test func `a recording is found by its names, however they are written`() throws {
        try holding(track { _ in }, id: "file:track:1") { catalogue in
            let found = try [
                track { $0.title = "blue  in GREEN" },
                track { ($0.artist, $0.artists) = ("Miles Davis feat. X", ["Miles Davis", "X"]) },
                track { ($0.artist, $0.albumArtist) = ("Various", "Miles Davis") },
                track { $0.duration = 339.9 },
                track { $0.duration = nil }
            ].map { try catalogue.has($0) }
            #expect(found == [true, true, true, true, true])
        }
    }

    @Test func `accents, guests and parts that are written otherwise are no other recording`() throws {
        let imported = track {
            ($0.title, $0.artist, $0.album) = ("Café, Pt. 2 (feat. Zoë)", "Björn & The Bears", "Nº 1")
        }
        try holding(imported, id: "file:track:1") { catalogue in
            let found = try [
                ("CAFE - Part II", "Bjorn and the Bears", "No 1"),
                ("Cafe\u{301} Part 2", "Björn & the Bears, Zoë", "Nº 1"),
                ("Café, Pt. 2", "Bears", "Nº 1"),
                ("Café, Pt. 3", "Björn & The Bears", "Nº 1"),
                ("Café, Pt. 2 (Live)", "Björn & The Bears", "Nº 1"),
                ("Café, Pt. 2", "Björn & The Bears", "Nº 1 (Deluxe)")
            ].map { (title, artist, album) in
                try catalogue.has(track { ($0.title, $0.artist, $0.album) = (title, artist, album) })
            }
            #expect(found == [true, true, true, false, false, false])
        }
    }

    @Test func `a file whose artist is not known is nobody's`() throws {
        try holding(track { $0.artist = nil }, id: "file:track:1") { catalogue in
            let isFound = try catalogue.has(track { _ in })
            #expect(!isFound)
        }
        try holding(track { _ in }, id: "file:track:1") { catalogue in
            let isFound = try catalogue.has(track { $0.artist = nil })
            #expect(!isFound)
        }
    }

    @Test func `another title, artist, album or length is another recording`() throws {
        try holding(track { _ in }, id: "file:track:1") { catalogue in
            let found = try [
                track { $0.title = "Blue in Green (live)" },
                track { $0.artist = "Bill Evans" },
                track { $0.album = "Kind of Blue (Legacy)" },
                track { $0.album = nil },
                track { $0.duration = 341 },
                Track()
            ].map { try catalogue.has($0) }
            #expect(found == [false, false, false, false, false, false])
        }
    }

    @Test func `another number on the album is another recording, on another album it says nothing`() throws {
        let imported = track { ($0.isrc, $0.trackNumber, $0.discNumber) = ("USSM15900001", 3, 1) }
        try holding(imported, id: "file:track:1") { catalogue in
            let found = try [
                track { ($0.trackNumber, $0.discNumber) = (3, 1) },
                track { $0.trackNumber = 4 },
                track { ($0.trackNumber, $0.discNumber) = (3, 2) },
                track { ($0.isrc, $0.trackNumber) = ("USSM15900001", 4) },
                track { ($0.isrc, $0.album, $0.trackNumber) = ("USSM15900001", "Best of", 4) }
            ].map { try catalogue.has($0) }
            #expect(found == [true, false, false, false, true])
        }
    }

    @Test func `a file that another track has is passed over for the next that fits`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            for name in ["a", "b"] {
                try shelf.write("audio", to: "\(name).flac")
                var record = Record(kind: "track", id: "file:track:\(name)")
                record.edit("track") { track { _ in }.write(to: &$0) }
                let placed = Placed(
                    path: "\(shelf.folder)/\(name).flac", bytes: 5, sha256: "00", format: .flac, duration: 337,
                    quality: nil)
                let file = try CataloguedTrack(record, placed: placed, path: "\(name).flac")
                try catalogue.change { change throws(Failure) in _ = try change.keep(file) }
            }
            let wanted = track { _ in }
            let first = try #require(try catalogue.imported(wanted)).path
            let second = try #require(try catalogue.imported(wanted) { $0 != first }).path
            #expect(first != second)
            #expect(try catalogue.imported(wanted) { ![first, second].contains($0) } == nil)
        }
    }

    @Test func `an ISRC is enough, if title and length are right`() throws {
        try holding(track { ($0.isrc, $0.title) = ("US-SM1-59-00001", nil) }, id: "file:track:1") { catalogue in
            let found = try [
                track { ($0.isrc, $0.album) = ("USSM15900001", "Best of") },
                track { ($0.isrc, $0.duration) = ("USSM15900001", 30) },
                track { $0.isrc = "USSM15900002" }
            ].map { try catalogue.has($0) }
            #expect(found == [true, false, false])
        }
        try holding(track { $0.isrc = "US-SM1-59-00001" }, id: "file:track:1") { catalogue in
            let found = try [
                track { ($0.isrc, $0.artist, $0.title) = ("USSM15900001", "Trio", "blue in  green") },
                track { ($0.isrc, $0.artist, $0.title) = ("USSM15900001", "Trio", "All Blues") }
            ].map { try catalogue.has($0) }
            #expect(found == [true, false])
        }
    }

    @Test func `a file that has the id of a catalog is that track's alone`() throws {
        try holding(track { $0.isrc = "USSM15900001" }, id: "catalog:track:1") { catalogue in
            let found = try [
                track { $0.isrc = "USSM15900001" }
            ].map { try catalogue.has($0) }
            #expect(found == [false])
        }
    }

    @Test func `a track claims an imported file, and keeps what its tags said`() throws {
        try holding(track { $0.label = "Columbia" }, id: "file:track:1") { catalogue in
            let wanted = track { _ in }
            let placed = try #require(try catalogue.imported(wanted))
            var record = Record(kind: "track", id: "catalog:track:7")
            record.edit("track") { track { ($0.genres, $0.duration) = (["Jazz"], 337) }.write(to: &$0) }
            let claimed = try CataloguedTrack(record, placed: placed, path: "a.flac")
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(claimed)
                try change.adopt(claimed)
            }
            #expect(try catalogue.track(id: "file:track:1") == nil)
            let section = try #require(try catalogue.track(id: "catalog:track:7")?.section)
            let known = try Track(Section("track", #require(try JSON(parsing: Array(section.utf8)).object)))
            let both = track { ($0.label, $0.genres) = ("Columbia", ["Jazz"]) }
            #expect(known == both)
        }
    }

    @Test func `imports that an older version booked are found, before and after a writer makes their keys anew`()
        throws
    {
        try Shelf.with { shelf in
            try shelf.write("audio", to: "a.flac")
            try shelf.write("", to: ".segue/catalogue.sqlite")
            let imported = track { ($0.title, $0.artist) = ("Señorita (feat. Ana)", "Los Niños") }
            var section = JSONObject()
            imported.write(to: &section)
            let queue = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite")
            try Schema.migrator.migrate(queue, upTo: "what left a list that is mirrored, and what is in the trash")
            try queue.write {
                try $0.execute(
                    sql: """
                        INSERT INTO track (id, path, bytes, sha256, format, duration_s, section, recorded_at, match_key)
                        VALUES ('file:track:1', 'a.flac', 5, '00', 'flac', 337, ?, '2030', 'los niños' || char(31) || 'señorita')
                        """, arguments: [String(decoding: section.value.text, as: UTF8.self)])
            }
            let wanted = track { ($0.title, $0.artist) = ("Senorita", "Los Ninos") }
            #expect(try shelf.open(readOnly: true).has(wanted))
            #expect(try shelf.open().has(wanted))
            let keys = try queue.read { try String.fetchAll($0, sql: "SELECT match_key FROM track") }
            #expect(keys == ["senorita"])
        }
    }

    @Test func `a catalogue from before there were imports is read, and brought up to date by a writer`() throws {
        try Shelf.with { shelf in
            try shelf.write("audio", to: "a.flac")
            try shelf.write("", to: ".segue/catalogue.sqlite")
            do {
                let queue = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite")
                try Schema.migrator.migrate(queue, upTo: "tracks, collections, their members, and failures")
                try queue.write {
                    try $0.execute(
                        sql: """
                            INSERT INTO track (id, path, bytes, sha256, format, recorded_at)
                            VALUES ('c:track:1', 'a.flac', 5, '00', 'flac', '2030')
                            """)
                }
            }
            let old = try shelf.open(readOnly: true)
            #expect(try old.placed(id: "c:track:1") != nil)
            let wanted = track { $0.isrc = "X" }
            #expect(try old.imported(wanted) == nil)
            #expect(try !old.owns(id: "c:track:2"))
            var links = 0
            try old.eachLink { _ in links += 1 }
            #expect(links == 0)
            let new = try shelf.open()
            #expect(try new.placed(id: "c:track:1") != nil)
            _ = try new.change { change throws(Failure) in try change.keep(owned: "c:track:2") }
            #expect(try new.owns(id: "c:track:2"))
        }
    }
}

extension Catalogue {
    fileprivate func has(_ track: Track) throws -> Bool { try imported(track) != nil }
}
