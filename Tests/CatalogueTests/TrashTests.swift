import Testing
import Wire

@testable import Catalogue

@Suite struct TrashTests {
    private let files = [
        TrashedFile(path: "a.flac", place: ".segue/trash/a.flac"),
        TrashedFile(path: "a \"b\".lrc", place: ".segue/trash/a (2).lrc")
    ]

    @Test func `a track comes back from the trash as it was booked`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("c:track:1", title: "e\u{301} \"x\"\n")
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(track)
                try change.trash(track.id, files)
            }
            #expect(try catalogue.track(id: track.id) == nil)
            let trashed = try catalogue.trashed()
            #expect(trashed.map(\.id) == [track.id] && trashed.map(\.bytes) == [5] && trashed.map(\.sha256) == ["00"])
            #expect(trashed.flatMap(\.files).map(\.path) == files.map(\.path))
            #expect(trashed.flatMap(\.files).map(\.place) == files.map(\.place))
            try catalogue.change(now: "later") { change throws(Failure) in try change.restore(track.id) }
            let back = try #require(try catalogue.track(id: track.id))
            #expect(back.title.map { Array($0.utf8) } == track.title.map { Array($0.utf8) })
            #expect((back.duration, back.section, back.path) == (track.duration, track.section, track.path))
            #expect(try catalogue.trashed().isEmpty)
        }
    }

    @Test func `a track that is there by now is not replaced from the trash`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let (old, new) = (try shelf.track("t"), try shelf.track("t", at: "b.flac", sha256: "01"))
            try catalogue.change { change throws(Failure) in
                _ = try change.keep(old)
                try change.trash("t", files)
                _ = try change.keep(new)
                try change.restore("t")
            }
            #expect(try catalogue.track(id: "t")?.path == "b.flac")
        }
    }

    @Test func `what a list holds again, or the library has not, is no longer to go`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let tracks = try ["a", "b"].map { try shelf.track($0, at: "\($0).flac") }
            try catalogue.change { change throws(Failure) in
                for track in tracks { _ = try change.keep(track) }
                try change.depart(["a", "b", "gone", "a"], from: "p")
                try change.keep(member: "b", of: "q", at: 1)
                try change.forgetDepartures()
            }
            #expect(try catalogue.departed(from: "p") == ["a"])
            #expect(try catalogue.departed(from: "q").isEmpty)
        }
    }
}
