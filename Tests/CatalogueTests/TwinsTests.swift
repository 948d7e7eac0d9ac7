import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct TwinsTests {
    private func track(_ change: (inout Track) -> Void = { _ in }) -> Track {
        var track = Track()
        (track.title, track.artist, track.album, track.duration) = ("Blue in Green", "Miles Davis", "Kind of Blue", 337)
        track.trackNumber = 3
        change(&track)
        return track
    }

    private func booked(_ track: Track, as id: String, on shelf: Shelf) throws -> CataloguedTrack {
        let path = "\(id.replacing(":", with: "-")).flac"
        try shelf.write("audio", to: path)
        var record = Record(kind: "track", id: id)
        record.edit("track") { track.write(to: &$0) }
        let placed = Placed(
            path: "\(shelf.folder)/\(path)", bytes: 5, sha256: "00", format: .flac, duration: track.duration,
            quality: nil)
        return try CataloguedTrack(record, placed: placed, path: path)
    }

    /// The ids of the same recording that a library with one track finds for another.
    private func twins(of track: Track, as id: String = "two:track:1", in library: Track) throws -> [String] {
        var found: [String] = []
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let file = try booked(library, as: "one:track:1", on: shelf)
            try catalogue.change { change throws(Failure) in _ = try change.keep(file) }
            found = try catalogue.twins(of: id, track).map(\.track.id)
        }
        return found
    }

    @Test func `another source's track is known by its names and its length, or by its ISRC`() throws {
        let same: [(inout Track) -> Void] = [
            { _ in }, { $0.title = "blue  in GREEN" }, { $0.artist = "Miles Davis feat. X" }, { $0.duration = 339.5 },
            { $0.trackNumber = nil }
        ]
        for change in same { #expect(try twins(of: track(change), in: track()) == ["one:track:1"]) }
        let coded = track { $0.isrc = "US-SM1-59-00001" }
        let elsewhere = track { ($0.isrc, $0.album, $0.trackNumber) = ("ussm15900001", "The Best", 9) }
        #expect(try twins(of: elsewhere, in: coded) == ["one:track:1"])
        let id = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"
        let known = track { ($0.musicBrainz.recording, $0.album, $0.trackNumber) = (id, "The Best", 9) }
        #expect(try twins(of: known, in: track { $0.musicBrainz.recording = id }) == ["one:track:1"])
        #expect(try twins(of: known, in: track()) == [])
    }

    @Test func `near misses are other recordings`() throws {
        let others: [(inout Track) -> Void] = [
            { $0.title = "Blue in Green (Live)" }, { $0.title = "Blue in Green (X Remix)" },
            { $0.title = "Blue in Green - 2011 Remaster" }, { $0.title = "Blue in Green (Radio Edit)" },
            { $0.title = "Blue in Green (Clean)" }, { $0.artist = "Bill Evans" }, { $0.album = "The Best" },
            { $0.album = nil }, { $0.duration = 341 }, { $0.duration = nil }, { $0.artist = nil }, { $0.title = nil },
            { $0.trackNumber = 4 }
        ]
        for change in others { #expect(try twins(of: track(change), in: track()) == []) }
        let explicit = track { ($0.explicit, $0.isrc) = (true, "USSM15900001") }
        #expect(try twins(of: track { ($0.explicit, $0.isrc) = (false, "USSM15900001") }, in: explicit) == [])
        let coded = track { $0.isrc = "USSM15900001" }
        #expect(try twins(of: track { ($0.isrc, $0.title) = ("USSM15900001", "So What") }, in: coded) == [])
        #expect(try twins(of: track { ($0.isrc, $0.duration) = ("USSM15900001", 30) }, in: coded) == [])
    }

    @Test func `what one source tells apart is apart`() throws {
        #expect(try twins(of: track(), as: "one:track:2", in: track()) == [])
        #expect(try twins(of: track(), as: "on:track:2", in: track()) == ["one:track:1"])
    }

    @Test func `a track that was taken for another one is known by its id, until it has a file of its own`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let file = try booked(track(), as: "one:track:1", on: shelf)
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(file)
                try change.keep(member: "two:track:1", of: "two:playlist:1", at: 1)
                try change.keep(twin: "two:track:1", of: "one:track:1")
            }
            let known = try #require(try catalogue.twins(of: "two:track:1", Track()).first)
            #expect(known.isKnown && known.track.id == "one:track:1")
            #expect(try catalogue.members(of: "two:playlist:1") == ["one:track:1"])
            try catalogue.change { change throws(Failure) in try change.forget(twin: "two:track:1") }
            #expect(try catalogue.twins(of: "two:track:1", Track()).isEmpty)
        }
    }

    @Test func `those that were taken for a track follow it to the one that it is taken for`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let (old, new) = (
                try booked(track(), as: "one:track:1", on: shelf), try booked(track(), as: "three:track:1", on: shelf)
            )
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(old)
                try change.keep(twin: "two:track:1", of: "one:track:1")
                _ = try change.keep(new)
                try change.keep(twin: "one:track:1", of: "three:track:1")
            }
            for id in ["one:track:1", "two:track:1"] {
                #expect(try catalogue.twins(of: id, Track()).map(\.track.id) == ["three:track:1"])
            }
            #expect(try catalogue.track(id: "one:track:1") == nil)
        }
    }

    @Test func `a library of an older version finds its recordings once a writer has opened it`() throws {
        try Shelf.with { shelf in
            try shelf.write("audio", to: "a.flac")
            try shelf.write("", to: ".segue/catalogue.sqlite")
            let queue = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite")
            try Schema.migrator.migrate(queue, upTo: "what else tracks are known by")
            var section = JSONObject()
            track { $0.isrc = "US-SM1-59-00001" }.write(to: &section)
            try queue.write {
                try $0.execute(
                    sql: """
                        INSERT INTO track (id, path, bytes, sha256, format, duration_s, section, recorded_at)
                        VALUES ('one:track:1', 'a.flac', 5, '00', 'flac', 337, ?, '2030')
                        """, arguments: [String(decoding: section.value.text, as: UTF8.self)])
            }
            let coded = track { ($0.isrc, $0.album) = ("USSM15900001", nil) }
            #expect(try shelf.open(readOnly: true).twins(of: "two:track:1", coded).isEmpty)
            _ = try shelf.open()
            for wanted in [coded, track()] {
                #expect(
                    try shelf.open(readOnly: true).twins(of: "two:track:1", wanted).map(\.track.id) == ["one:track:1"])
            }
        }
    }

    @Test func `finding a recording reads its rows by an index`() throws {
        try Shelf.with { shelf in
            _ = try shelf.open()
            let plan = try DatabaseQueue(path: "\(shelf.folder)/.segue/catalogue.sqlite").read {
                try Row.fetchAll(
                    $0, sql: "EXPLAIN QUERY PLAN \(Twins.query)", arguments: ["a", "a:", "b", "c", 1, 2, "d"])
            }.map { try $0.decode(String.self, forColumn: "detail") }
            #expect(!plan.contains { $0.hasPrefix("SCAN track") || $0.hasPrefix("SCAN twin") }, "\(plan)")
            for name in ["recording_album", "recording_isrc", "recording_id"] {
                #expect(plan.contains { $0.contains("INDEX \(name) ") })
            }
        }
    }
}
