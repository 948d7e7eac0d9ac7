import Foundation
import GRDB
import Wire

extension Ledger {
    /// Which items are exported.
    package enum Exported: Sendable {
        /// All that have not ended.
        case unfinished
        /// Those that are due at one of these stages, by their names, `now` in milliseconds since 1970.
        case due(at: [String], now: Int64)
    }

    /// The lines of up to `limit` items after a number, oldest first, without lists and what is only to be told of.
    package func lines(
        of exported: Exported, after number: Int64, limit: Int
    ) throws(Failure) -> [(number: Int64, line: [UInt8])] {
        try read { database in
            // By number, whatever index seems to fit: each item is looked at once.
            let sql = """
                SELECT number, line FROM item NOT INDEXED
                WHERE number > ? AND finished IS NULL AND outcome IS NULL AND lane <> number AND \(exported.condition)
                ORDER BY number LIMIT ?
                """
            let arguments = StatementArguments([number] + exported.arguments + [limit])
            let rows = try Row.fetchAll(database.cachedStatement(sql: sql), arguments: arguments)
            if let end = rows.last, try end[0] <= number { throw DatabaseError.disorder }
            return try rows.map { try ($0[0], Array($0[1] as Data? ?? Data())) }
        }
    }

    /// How many lists are still to be expanded.
    package func countOfUnexpanded() throws(Failure) -> Int {
        try read { database in
            let sql = """
                SELECT count(*) FROM item INDEXED BY item_top
                WHERE (lane = 0 OR lane = number) AND lane = number AND finished IS NULL AND members IS NULL
                """
            return try Int.fetchOne(database, sql: sql) ?? 0
        }
    }
}

extension Ledger.Exported {
    fileprivate var condition: String {
        switch self {
        case .unfinished: "1"
        case .due:
            """
            stage IN (SELECT number FROM stage JOIN json_each(?) ON name = value)
            AND (state = 'ready' OR state = 'waiting' AND due <= ? AND held IS NULL)
            """
        }
    }

    fileprivate var arguments: [any DatabaseValueConvertible] {
        switch self {
        case .unfinished: []
        case .due(let stages, let now): [String(decoding: JSON.strings(stages).text, as: UTF8.self), now]
        }
    }
}
