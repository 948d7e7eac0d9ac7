import GRDB
import Wire

/// One transaction on the ledger: all that is done through it is kept, or none of it.
///
/// - Throws: every method throws what SQLite refuses, which ``Ledger`` turns into a `Failure`: `transient` while another
///   program holds the ledger, `config` (`disk_full`, `no_access`) when it cannot be read or written.
package final class Change {
    let database: Database
    /// Milliseconds since 1970.
    let now: Int64
    let route: Route
    /// The ledger's number of each stop, in the route's order.
    let numbers: [Int64]
    /// Indices of the route's stops, by their numbers in the ledger.
    private let indices: [Int64: Int]
    /// How many members each collection gained or lost, by its number; written once at the end.
    var membersGained: [Int64: Int] = [:]
    /// What ended, by its kind; written once at the end.
    var ends: [String: Ends] = [:]
    /// Records whose spool files are no longer needed, in the order in which they ended.
    package internal(set) var swept: [Wire.Record] = []
    /// Items that ended, each with the last line about it.
    var ended: [(item: Int64, record: Wire.Record)] = []
    /// The records of collections that ended with their last member and that no later stage handles.
    package internal(set) var closed: [Wire.Record] = []
    /// The paths of spooled pictures whose items have ended; others may still need them.
    package internal(set) var freedArtwork: [String] = []

    init(_ database: Database, now: Int64, route: Route?) throws {
        (self.database, self.now) = (database, now)
        self.route = route ?? Route([])
        numbers = try self.route.stops.map { stop in try Self.number(of: stop.name, in: database) }
        indices = Dictionary(zip(numbers, numbers.indices)) { first, _ in first }
    }

    /// The index of a stage by its number; nil if it is not on the route.
    func index(ofStage number: Int64) -> Int? { indices[number] }

    /// Updates the collections whose members changed, ends those that are complete, and writes the counts of what ended.
    package func close() throws {
        let gained = membersGained
        membersGained = [:]
        for (collection, count) in gained {
            try execute(
                "UPDATE item SET members = ifnull(members, 0) + ? WHERE number = ?", [count, collection])
            try closeCollection(collection)
        }
        if !membersGained.isEmpty { try close() }
        try writeEnds()
    }

    func execute(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws {
        let statement = try database.cachedStatement(sql: sql)
        // Unchecked: the number of arguments is plain to see, and checking costs as much as a short statement.
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
