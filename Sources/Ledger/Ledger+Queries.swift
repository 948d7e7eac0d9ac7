import Foundation
import GRDB
import Wire

extension Ledger {
    /// Items in the order in which they were added; members in the order of their collection.
    ///
    /// - Throws: `permanent` where the query names an item that is not in the ledger, and what ``Ledger`` throws.
    package func list(_ query: ItemQuery) throws(Failure) -> [Item] {
        try read { database in
            let (sql, arguments) = try query.statement(in: database)
            let rows = try Row.fetchAll(database, sql: sql, arguments: StatementArguments(arguments))
            return try rows.map { try Item($0, in: database) }
        }
    }

    /// How many items were requested themselves, leaving out those in a state.
    package func countOfTop(but state: State? = nil) throws(Failure) -> Int {
        try read { database in
            let isTop = "(lane = 0 OR lane = number)"
            let all = try Int.fetchOne(database, sql: "SELECT count(*) FROM item INDEXED BY item_top WHERE \(isTop)")
            let sql = "SELECT count(*) FROM item WHERE state = ? AND \(isTop)"
            let others = try state.map { try Int.fetchOne(database, sql: sql, arguments: [$0.rawValue]) ?? 0 }
            return (all ?? 0) - (others ?? 0)
        }
    }

    /// One item with its failures, oldest first, and its line of JSON without the line feed; nil if there is no such item.
    package func show(_ id: String) throws(Failure) -> (item: Item, failures: [ItemFailure], line: [UInt8])? {
        try read { database in
            let sql = "SELECT \(Item.columns) FROM item WHERE id = ?"
            guard let row = try Row.fetchOne(database, sql: sql, arguments: [id]) else { return nil }
            let line: Data = try row["line"] ?? Data()
            return (
                try Item(row, in: database), try ItemFailure.all(of: row["number"], in: database), Array(line)
            )
        }
    }

    /// The ids of the collections that hold an item, with its place in each, counted from 1; in no order.
    package func collections(of id: String) throws(Failure) -> [(id: String, seq: Int)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT collection.id, seq FROM membership JOIN item AS collection ON collection.number = collection
                    WHERE membership.item = (SELECT number FROM item WHERE id = ?)
                    """, arguments: [id]
            ).map { try ($0["id"], $0["seq"]) }
        }
    }

    /// How many items there are at each stage in each state; counts of 0 are left out.
    package func counts() throws(Failure) -> [Count] { try read(Count.all) }

    /// The value of a setting; nil if it is not set.
    package func setting(_ name: String) throws(Failure) -> String? {
        try read { database in
            let statement = try database.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?")
            return try String.fetchOne(statement, arguments: [name])
        }
    }
}

/// How many items are at a stage in a state.
package struct Count: Equatable, Sendable {
    package let stage: String
    /// How they ended, or will; else their present state.
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
            try State(rawValue: row["standing"]).map { try Count(stage: row["name"], state: $0, count: row["count"]) }
        }
    }
}
