import Testing
import Wire

@testable import Catalogue

@Suite struct ChangeTests {
    @Test func `a track whose path and bytes are as they were keeps its time, one with others gets a new one`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            func keep(_ track: CataloguedTrack, now: String) throws -> (time: String, changed: Bool) {
                try catalogue.change(now: now) { change throws(Failure) in (try change.keep(track), !change.isEmpty) }
            }
            #expect(try keep(shelf.track("t"), now: "1") == ("1", true))
            #expect(try keep(shelf.track("t"), now: "2") == ("1", false))
            #expect(try keep(shelf.track("t", at: "b.flac"), now: "3") == ("3", true))
            #expect(try keep(shelf.track("t", at: "b.flac", title: "e\u{301}"), now: "4") == ("3", true))
            #expect(try keep(shelf.track("t", at: "b.flac", title: "\u{E9}"), now: "5") == ("3", true))
            let other = try shelf.track("t", at: "b.flac", title: "\u{E9}", sha256: "01")
            #expect(try keep(other, now: "6") == ("6", true))
        }
    }

    @Test func `a place in a collection has one member, the last that was named`() throws {
        try Shelf.with { shelf in
            try shelf.open().change { change throws(Failure) in
                for (seq, track) in [(2, "b"), (1, "a"), (2, "c"), (10, "a")] {
                    try change.keep(member: track, of: "p", at: seq)
                }
                #expect(try change.entries(of: "p").map(\.id) == ["a", "c", "a"])
                try change.forgetMembers(of: "p", after: 2)
                #expect(try change.entries(of: "p").map(\.id) == ["a", "c"])
            }
        }
    }

    @Test func `an entry is a track, or what failed last for it, or only an id`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("there", title: "There")
            var record = Record(kind: "track", id: "gone")
            record.edit("track") {
                $0["title"] = .string("Gone")
                $0["artist"] = .integer(7)
            }
            let failure = shelf.failure("gone", record: record)
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(track)
                try change.keep(shelf.failure("there"))
                try change.keep(shelf.failure("gone", stage: "resolve"))
                try change.keep(failure)
                for (index, id) in ["there", "gone", "unheard"].enumerated() {
                    try change.keep(member: id, of: "p", at: index + 1)
                }
                let entries = try change.entries(of: "p")
                #expect(entries.map(\.title) == ["There", "Gone", nil])
                #expect(entries.map(\.artist) == [nil, "7", nil])
                #expect(entries.map(\.path) == ["a.flac", nil, nil])
                #expect(entries.map(\.failure) == [nil, "permanent http_404", nil])
            }
        }
    }

    @Test func `failures are open until they are solved, the newest of an item stands for it`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            try catalogue.change { change throws(Failure) in
                for (id, stage) in [("a", "fetch"), ("b", "fetch"), ("a", "decrypt"), ("c", "fetch"), ("b", "fetch")] {
                    try change.keep(shelf.failure(id, stage: stage))
                }
                try change.keep(shelf.failure("d", class: "cancelled"))
            }
            #expect(try catalogue.openFailures() == ["a", "c", "b"])
            try catalogue.change { change throws(Failure) in try change.solve("a") }
            #expect(try catalogue.openFailures() == ["c", "b"])
            try catalogue.change { change throws(Failure) in try change.keep(shelf.failure("a")) }
            #expect(try catalogue.openFailures() == ["c", "b", "a"])
        }
    }

    @Test func `more failures than fit on a page are all handed over, in order`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let ids = (1...200).map { "c:track:\($0)" }
            try catalogue.change { change throws(Failure) in
                for id in ids { try change.keep(shelf.failure(id)) }
            }
            #expect(try catalogue.openFailures() == ids)
        }
    }

    @Test func `a collection comes back as it was given`() throws {
        try Shelf.with { shelf in
            try shelf.open().change { change throws(Failure) in
                #expect(try change.collection("p") == nil)
                var given = CataloguedCollection(id: "p", type: "playlist")
                (given.title, given.children, given.total, given.playlist) = ("Title\0s", 3, 4, "Titles.m3u8")
                try change.keep(given)
                let kept = try change.collection("p")
                #expect((kept?.type, kept?.title, kept?.creator, kept?.artworkURL) == ("playlist", "Title?s", nil, nil))
                #expect((kept?.children, kept?.total, kept?.playlist) == (3, 4, "Titles.m3u8"))
                #expect(kept?.finishedAt == nil)
                try change.finish("p")
                #expect(try change.collection("p")?.finishedAt == Shelf.moment)
            }
        }
    }

    @Test func `a playlist's name is taken for others in any case, and so is the one it had`() throws {
        try Shelf.with { shelf in
            try shelf.open().change { change throws(Failure) in
                var collection = CataloguedCollection(id: "p", type: "playlist")
                (collection.playlist, collection.formerPlaylist) = ("New.m3u8", "Old.m3u8")
                try change.keep(collection)
                for name in ["New.m3u8", "new.M3U8", "old.m3u8"] {
                    #expect(try change.isTaken(playlist: name, by: "q"))
                    #expect(try !change.isTaken(playlist: name, by: "p"))
                }
                #expect(try !change.isTaken(playlist: "Other.m3u8", by: "q"))
                try change.finish("p")
                #expect(try !change.isTaken(playlist: "Old.m3u8", by: "q"))
            }
        }
    }

    @Test func `only finished playlists are rewritten for a track`() throws {
        try Shelf.with { shelf in
            try shelf.open().change { change throws(Failure) in
                for (id, playlist) in [("finished", "F.m3u8"), ("open", "O.m3u8"), ("album", nil)] {
                    var collection = CataloguedCollection(id: id, type: "any")
                    collection.playlist = playlist
                    try change.keep(collection)
                    try change.keep(member: "t", of: id, at: 1)
                    if id != "open" { try change.finish(id) }
                }
                #expect(try change.playlists(with: "t").map(\.id) == ["finished"])
                #expect(try change.playlists(with: "u").isEmpty)
            }
        }
    }
}
