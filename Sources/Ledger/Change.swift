import GRDB
import Wire

/// One transaction on the ledger: all that is done through it is kept, or nothing of it.
///
/// - Throws: all methods throw what SQLite refuses as it comes; ``Ledger`` makes a `Failure` of it.
package final class Change {
    let database: Database
    /// Milliseconds since 1970.
    let now: Int64
    let road: Road
    /// The numbers of the road's stops in the ledger, and back.
    let numbers: [Int64]
    private let indices: [Int64: Int]
    /// Members that collections gained or lost, to be booked once at the end.
    var membersGained: [Int64: Int] = [:]
    /// Records whose spool files nobody needs any more.
    package internal(set) var swept: [Wire.Record] = []
    /// Collections that came to their end with their last member, and that no stage wants to hear of.
    package internal(set) var closed: [Wire.Record] = []
    /// Spooled pictures of items that are at their end.
    package internal(set) var freedArtwork: [String] = []

    init(_ database: Database, now: Int64, road: Road?) throws {
        (self.database, self.now) = (database, now)
        self.road = road ?? Road([])
        numbers = try self.road.stops.map { stop in try Self.number(of: stop.name, in: database) }
        indices = Dictionary(uniqueKeysWithValues: zip(numbers, numbers.indices))
    }

    /// Nil for a stage that the road does not have.
    func index(ofStage number: Int64) -> Int? { indices[number] }

    /// Settles what concerns whole collections.
    package func close() throws {
        let gained = membersGained
        membersGained = [:]
        for (collection, count) in gained {
            try execute(
                "UPDATE item SET members = ifnull(members, 0) + ? WHERE number = ?", [count, collection])
            try closeCollection(collection)
        }
        if !membersGained.isEmpty { try close() }
    }

    func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
        let statement = try database.cachedStatement(sql: sql)
        // Unchecked: how many there are is plain to see, and looking costs as much as a short statement.
        statement.setUncheckedArguments(StatementArguments(arguments))
        try statement.execute()
    }

    /// Whether the last statement changed a row.
    var didChange: Bool { database.changesCount > 0 }

    func row(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> Row? {
        let statement = try database.cachedStatement(sql: sql)
        statement.setUncheckedArguments(StatementArguments(arguments))
        return try Row.fetchOne(statement)
    }

    private static func number(of stage: String, in database: Database) throws -> Int64 {
        let known = "SELECT number FROM stage WHERE name = ?"
        if let number = try Int64.fetchOne(database.cachedStatement(sql: known), arguments: [stage]) { return number }
        try database.cachedStatement(sql: "INSERT INTO stage (name) VALUES (?)").execute(arguments: [stage])
        return database.lastInsertedRowID
    }
}

/// GRDB has a type of that name too.
typealias Record = Wire.Record
