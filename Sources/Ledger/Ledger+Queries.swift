import Foundation
import GRDB
import Wire

extension Ledger {
    /// Items in the order in which they were added, beginning after the one with the id `after`.
    ///
    /// `state` is one that they have, `parent` a collection that holds them.
    package func list(state: State? = nil, parent: String? = nil, after: String? = nil, limit: Int) throws(Failure)
        -> [Item]
    {
        try read { database in
            let start = try after.map { id in try Self.number(of: id, in: database) }
            let (sql, arguments) = try Self.listing(state, parent, start ?? -1, limit, database)
            let rows = try Row.fetchAll(database, sql: sql, arguments: StatementArguments(arguments))
            return try rows.map { try Item($0, in: database) }
        }
    }

    /// One item with all that failed on its way, and its line as the ledger has it.
    package func show(_ id: String) throws(Failure) -> (item: Item, failures: [ItemFailure], line: [UInt8])? {
        try read { database in
            let sql = "SELECT \(Item.columns) FROM item WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return nil }
            let line: Data = row["line"] ?? Data()
            return (
                try Item(row, in: database), try ItemFailure.all(of: row["number"], in: database), Array(line)
            )
        }
    }

    /// The collections that hold an item, with its place in each.
    package func collections(of id: String) throws(Failure) -> [(id: String, seq: Int)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT collection.id, seq FROM membership JOIN item AS collection ON collection.number = collection
                    WHERE membership.item = (SELECT number FROM item WHERE id = ?)
                    """, arguments: [id]
            ).map { ($0["id"], $0["seq"]) }
        }
    }

    /// How many items stand where.
    package func counts() throws(Failure) -> [Count] { try read(Count.all) }

    private static func number(of id: String, in database: Database) throws -> Int64 {
        let number = try Int64.fetchOne(database, sql: "SELECT number FROM item WHERE id = ?", arguments: [id])
        guard let number else { throw Failure.permanent("no_item", "the ledger has no item \(id)") }
        return number
    }

    private static func listing(
        _ state: State?, _ parent: String?, _ start: Int64, _ limit: Int, _ database: Database
    ) throws -> (String, [any DatabaseValueConvertible]) {
        let standing = state.map { _ in "AND CASE WHEN finished IS NULL THEN ifnull(outcome, state) ELSE state END = ?"
        }
        let wanted = state.map { [$0.rawValue] } ?? []
        if let parent {
            let collection = try number(of: parent, in: database)
            let sql = """
                SELECT \(Item.columns) FROM membership JOIN item ON item.number = membership.item
                WHERE collection = ? AND seq > ifnull((SELECT max(seq) FROM membership WHERE collection = ? AND item = ?), 0)
                \(standing ?? "") ORDER BY seq LIMIT ?
                """
            return (sql, [collection, collection, start] + wanted + [limit])
        }
        let (index, condition) = try state.map { try hint(for: $0, in: database) } ?? ("", "")
        let sql = """
            SELECT \(Item.columns) FROM item \(index) WHERE item.number > ? \(standing ?? "") \(condition)
            ORDER BY item.number LIMIT ?
            """
        return (sql, [start] + wanted + [limit])
    }

    /// Few items are found through an index, many by walking along the table.
    private static func hint(
        for state: State, in database: Database
    ) throws -> (index: String, condition: String) {
        switch state {
        case .running: return ("INDEXED BY item_running", "AND claim IS NOT NULL")
        case .ready:
            let sql = "SELECT sum(count) FROM tally WHERE state = 'ready'"
            guard try Int.fetchOne(database, sql: sql) ?? 0 < 50_000 else { return ("", "") }
            return ("INDEXED BY item_ready", "AND state = 'ready' AND alone = 0")
        default:
            return ("INDEXED BY item_state", "AND state = '\(state.rawValue)' AND state NOT IN ('ready', 'running')")
        }
    }
}

/// How many items stand at a stage in a state.
package struct Count: Equatable, Sendable {
    package let stage: String
    /// How they ended, or will; else where they stand.
    package let state: State
    package let count: Int

    static func all(in database: Database) throws -> [Count] {
        try Row.fetchAll(
            database,
            sql: """
                SELECT name, CASE WHEN outcome = '' THEN state ELSE outcome END AS standing, sum(count) AS count
                FROM tally JOIN stage ON stage.number = tally.stage GROUP BY stage, standing HAVING sum(count) > 0
                """
        ).compactMap { row in
            State(rawValue: row["standing"]).map { Count(stage: row["name"], state: $0, count: row["count"]) }
        }
    }
}
