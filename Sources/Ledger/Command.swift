import Files
import GRDB
import Wire

/// Something that a user did to items, as a driver reports it to its clients.
package struct Command: Sendable {
    package enum Verb: String, Sendable {
        case added, again, paused, resumed, cancelled, retried, cleared, moved, restarted
    }

    /// Commands are numbered in their order, from 1.
    package let number: Int64
    /// Milliseconds since 1970.
    package let at: Int64
    package let verb: Verb
    /// The item's id, or the name of the stage that was restarted; nil when it was for all items, or for all in a state.
    package let item: String?
    /// How many items were changed.
    package let items: Int

    /// How many commands the ledger keeps.
    static let kept = 10_000
}

extension Change {
    /// Records a command, and returns `count`.
    @discardableResult
    func note(_ verb: Command.Verb, _ selection: Selection, _ count: Int) throws -> Int {
        if case .item(let id) = selection {
            if count > 0 { try note(verb, id, count) }
        } else {
            try note(verb, nil, count)
        }
        return count
    }

    func note(_ verb: Command.Verb, _ item: String?, _ count: Int) throws {
        try execute(
            "INSERT INTO command (at, verb, item, items) VALUES (?, ?, ?, ?)",
            [now, verb.rawValue, storable(item), count])
    }

    /// Asks the driver to restart a stage, by its name.
    package func restart(stage: String) throws { try note(.restarted, stage, 0) }

    /// Forgets all but the newest commands.
    package func forgetOldCommands() throws {
        try execute("DELETE FROM command WHERE number <= (SELECT max(number) FROM command) - ?", [Command.kept])
    }
}

extension Ledger {
    /// Up to `limit` commands after a number, oldest first.
    package func commands(after number: Int64, limit: Int) throws(Failure) -> [Command] {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT number, at, verb, item, items FROM command WHERE number > ? ORDER BY number LIMIT ?")
            let rows = try Row.fetchAll(statement, arguments: [number, limit])
            if let end = rows.last, try end[0] <= number { throw DatabaseError.disorder }
            return try rows.compactMap { row in
                try Command.Verb(rawValue: row[2]).map {
                    try Command(number: row[0], at: row[1], verb: $0, item: row[3], items: row[4])
                }
            }
        }
    }

    /// The number of the newest command; 0 if there is none.
    package func lastCommand() throws(Failure) -> Int64 {
        try read { try Int64.fetchOne($0, sql: "SELECT max(number) FROM command") ?? 0 }
    }

    /// The ids of up to `limit` items that were cancelled at a moment, in milliseconds since 1970; in no order.
    package func cancelled(at moment: Int64, limit: Int) throws(Failure) -> [String] {
        try read { database in
            let sql = "SELECT id FROM item WHERE state = 'cancelled' AND finished = ? LIMIT ?"
            return try String.fetchAll(database, sql: sql, arguments: [moment, limit])
        }
    }
}
