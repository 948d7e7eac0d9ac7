import GRDB
import Testing
import Wire

@testable import Catalogue

@Suite struct TransactionTests {
    private func keep(_ track: CataloguedTrack, in transaction: Transaction) throws {
        _ = try transaction.change(now: Shelf.moment) { change throws(Failure) in try change.keep(track) }
    }

    @Test func `nothing of a transaction is there before its end, and all of it after`() throws {
        try Shelf.with { shelf in
            let transaction = Transaction(try shelf.open())
            let reader = try shelf.open(readOnly: true)
            for id in ["a", "b", "c"] { try keep(try shelf.track(id, at: "\(id).flac"), in: transaction) }
            #expect(try reader.extent().files == 0)
            try transaction.end()
            #expect(try reader.extent().files == 3)
        }
    }

    @Test func `a change sees what those before it did`() throws {
        try Shelf.with { shelf in
            let transaction = Transaction(try shelf.open())
            try keep(try shelf.track("a"), in: transaction)
            #expect(
                try transaction.change(now: Shelf.moment) { change throws(Failure) in try change.track("a") } != nil)
            try transaction.end()
        }
    }

    @Test func `a change that fails is undone, and takes nothing from the others`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let transaction = Transaction(catalogue)
            try keep(try shelf.track("a"), in: transaction)
            let other = try shelf.track("b", at: "b.flac")
            let failure = #expect(throws: Failure.self) {
                try transaction.change(now: Shelf.moment) { change throws(Failure) in
                    _ = try change.keep(other)
                    throw .stale("no_file", "gone")
                }
            }
            #expect(failure?.code == "no_file")
            try keep(try shelf.track("c", at: "c.flac"), in: transaction)
            try transaction.end()
            #expect(try catalogue.track(id: "a") != nil)
            #expect(try catalogue.track(id: "b") == nil)
            #expect(try catalogue.track(id: "c") != nil)
        }
    }

    @Test func `a transaction that SQLite gives up is lost as a whole, and the next is not`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let track = try shelf.track("a")
            let transaction = Transaction(catalogue)
            try keep(track, in: transaction)
            #expect(throws: Failure.self) {
                try transaction.change(now: Shelf.moment) { change throws(Failure) in
                    try change.asking { try change.database.rollback() }
                    throw .config("disk_full", "no room")
                }
            }
            for attempt in [
                { try keep(track, in: transaction) }, { try transaction.commit() }, { try transaction.end() }
            ] {
                #expect(#expect(throws: Failure.self) { try attempt() }?.code == "disk_full")
            }
            #expect(try catalogue.extent().files == 0)
            try keep(track, in: transaction)
            try transaction.end()
            #expect(try catalogue.extent().files == 1)
        }
    }

    @Test func `a transaction is one transaction`() throws {
        try Shelf.with { shelf in
            let catalogue = try shelf.open()
            let counter = CommitCounter()
            catalogue.queue?.add(transactionObserver: counter)
            let transaction = Transaction(catalogue)
            for number in 1...100 { try keep(try shelf.track("t\(number)", at: "\(number).flac"), in: transaction) }
            try transaction.end()
            #expect(counter.commits == 1)
            try transaction.end()
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
