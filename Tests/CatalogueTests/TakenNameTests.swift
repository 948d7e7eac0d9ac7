import Testing
import Wire

@testable import Catalogue

/// Two tracks at one path: the file of the first was removed. Both were booked before the file was written, so that it counts as edited.
@Suite struct TakenNameTests {
    private func time(_ year: Int) -> String { "\(year)-01-01T00:00:00Z" }

    private func check(_ catalogue: Catalogue, _ shelf: Shelf, owner: String, other: String) throws {
        guard case .there = try catalogue.standing(id: owner), case .missing = try catalogue.standing(id: other) else {
            return #expect(Bool(false), "with the size that was booked")
        }
        try shelf.write("edited by hand", to: "a.flac")
        guard case .edited = try catalogue.standing(id: owner), case .missing = try catalogue.standing(id: other) else {
            return #expect(Bool(false), "edited")
        }
        #expect(try catalogue.track(path: "a.flac")?.id == owner)
    }

    @Test func `the file is of the track that was booked last`() throws {
        try Shelf.with { shelf in
            let (catalogue, first, last) = (try shelf.open(), try shelf.track("z"), try shelf.track("a"))
            try catalogue.change(now: time(2001)) { change throws(Failure) in _ = try change.keep(first) }
            try catalogue.change(now: time(2002)) { change throws(Failure) in _ = try change.keep(last) }
            try check(catalogue, shelf, owner: "a", other: "z")
            try catalogue.change { change throws(Failure) in
                let isTaken = (try change.isTaken(first), try change.isTaken(last))
                #expect(isTaken == (true, false))
                let isThere = (try change.isThere(first), try change.isThere(last))
                #expect(isThere == (false, true))
            }
        }
    }

    @Test func `a track that moved to the name was booked last`() throws {
        try Shelf.with { shelf in
            let (catalogue, first, last) = (try shelf.open(), try shelf.track("a"), try shelf.track("z", at: "b.flac"))
            try catalogue.change(now: time(2001)) { change throws(Failure) in _ = try change.keep(last) }
            try catalogue.change(now: time(2002)) { change throws(Failure) in _ = try change.keep(first) }
            let moved = try shelf.track("z")
            try catalogue.change(now: time(2003)) { change throws(Failure) in _ = try change.keep(moved) }
            try check(catalogue, shelf, owner: "z", other: "a")
        }
    }

    @Test func `a track that returned from the trash was booked last`() throws {
        try Shelf.with { shelf in
            let (catalogue, first, last) = (try shelf.open(), try shelf.track("a"), try shelf.track("z"))
            try catalogue.change(now: time(2001)) { change throws(Failure) in
                _ = try change.keep(last)
                try change.trash("z", [TrashedFile(path: "a.flac", place: ".segue/trash/a.flac")])
            }
            try catalogue.change(now: time(2002)) { change throws(Failure) in _ = try change.keep(first) }
            try catalogue.change(now: time(2003)) { change throws(Failure) in try change.restore("z") }
            try check(catalogue, shelf, owner: "z", other: "a")
        }
    }

    @Test func `what fits goes before what was booked last`() throws {
        try Shelf.with { shelf in
            let (catalogue, first, last) = (try shelf.open(), try shelf.track("z"), try shelf.track("a"))
            // Booked after the file was written: nobody edited it.
            try catalogue.change(now: time(2100)) { change throws(Failure) in _ = try change.keep(first) }
            try catalogue.change(now: time(2001)) { change throws(Failure) in _ = try change.keep(last) }
            guard case .there = try catalogue.standing(id: "z"), case .missing = try catalogue.standing(id: "a") else {
                return #expect(Bool(false))
            }
        }
    }

    @Test func `what is at the path of a newcomer is no other track's, unless it is as it was booked`() throws {
        try Shelf.with { shelf in
            let (catalogue, track) = (try shelf.open(), try shelf.track("a"))
            try catalogue.change(now: time(2001)) { change throws(Failure) in
                _ = try change.keep(track)
                let isThere = (try change.isThere(track), try change.isThere(track, newcomer: "b.flac"))
                #expect(isThere == (true, true))
                #expect(try change.isThere(track, newcomer: "a.flac") == false)
            }
            let there = try shelf.track("b", at: "b.flac")
            try catalogue.change(now: time(2100)) { change throws(Failure) in
                _ = try change.keep(there)
                #expect(try change.isThere(there, newcomer: "b.flac") == true)
            }
        }
    }
}
