import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct BatchTests {
    private func keep(_ track: CataloguedTrack, in batch: Batch) throws {
        _ = try batch.change(now: Shelf.moment) { change throws(Failure) in try change.keep(track) }
    }

    @Test func `nothing of a batch is there before its end, and all of it after`() throws {
        try Shelf.with { shelf in
            let batch = Batch(try shelf.open())
            let reader = try shelf.open(readOnly: true)
            for id in ["a", "b", "c"] { try keep(try shelf.track(id, at: "\(id).flac"), in: batch) }
            #expect(try reader.extent().files == 0)
            try batch.end()
            #expect(try reader.extent().files == 3)
        }
    }

    @Test func `a change sees what those before it did`() throws {
        try Shelf.with { shelf in
            let batch = Batch(try shelf.open())
            try keep(try shelf.track("a"), in: batch)
            #expect(try batch.change(now: Shelf.moment) { change throws(Failure) in try change.track("a") } != nil)
            try batch.end()
        }
    }

    @Test func `a change that fails is undone, and takes nothing from the others`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let batch = Batch(catalogue)
            try keep(try shelf.track("a"), in: batch)
            let other = try shelf.track("b", at: "b.flac")
            let failure = #expect(throws: Failure.self) {
                try batch.change(now: Shelf.moment) { change throws(Failure) in
                    _ = try change.keep(other)
                    throw .stale("no_file", "gone")
                }
            }
            #expect(failure?.code == "no_file")
            try keep(try shelf.track("c", at: "c.flac"), in: batch)
            try batch.end()
            #expect(try catalogue.track(id: "a") != nil)
            #expect(try catalogue.track(id: "b") == nil)
            #expect(try catalogue.track(id: "c") != nil)
        }
    }

    @Test func `a batch that SQLite gives up is lost as a whole, and the next is not`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("a")
            let batch = Batch(catalogue)
            try keep(track, in: batch)
            #expect(throws: Failure.self) {
                try batch.change(now: Shelf.moment) { change throws(Failure) in
                    try change.asking { try change.database.rollback() }
                    throw .config("disk_full", "no room")
                }
            }
            for attempt in [{ try keep(track, in: batch) }, { try batch.commit() }, { try batch.end() }] {
                #expect(#expect(throws: Failure.self) { try attempt() }?.code == "disk_full")
            }
            #expect(try catalogue.extent().files == 0)
            try keep(track, in: batch)
            try batch.end()
            #expect(try catalogue.extent().files == 1)
        }
    }

    @Test func `a batch is one transaction`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let counter = CommitCounter()
            catalogue.queue?.add(transactionObserver: counter)
            let batch = Batch(catalogue)
            for number in 1...100 { try keep(try shelf.track("t\(number)", at: "\(number).flac"), in: batch) }
            try batch.end()
            #expect(counter.commits == 1)
            try batch.end()
            #expect(counter.commits == 1)
        }
    }
}

private final class CommitCounter: TransactionObserver {
    private(set) var commits = 0

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ database: Database) { commits += 1 }
    func databaseDidRollback(_ database: Database) {}
}
