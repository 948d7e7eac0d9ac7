import Foundation
import GRDB
import Wire

extension Change {
    /// Forgets items at their end, with all that failed on their way. What failed stays, unless it is named.
    ///
    /// A collection goes with its members when all of them may go, and a member stays while another collection holds it.
    /// It looks at up to `limit` items behind `number`; the answer says how many went, and where to go on: nil at the end.
    func clear(
        _ selection: Selection, after number: Int64 = -1, limit: Int = 1000
    ) throws -> (count: Int, next: Int64?) {
        let (condition, arguments) = selection.forgettable
        let statement = try database.cachedStatement(
            sql: """
                SELECT number, lane FROM item
                WHERE finished IS NOT NULL AND number > ? AND (lane = 0 OR lane = number) AND \(condition)
                ORDER BY number LIMIT ?
                """)
        let rows = try Row.fetchAll(statement, arguments: StatementArguments([number] + arguments + [limit]))
        let count = try rows.reduce(0) { try $0 + forget($1[0], isCollection: $1[1] != 0, selection) }
        return (count, rows.count < limit ? nil : rows.last?[0])
    }

    private func forget(_ item: Int64, isCollection: Bool, _ selection: Selection) throws -> Int {
        if try row("SELECT 1 FROM membership WHERE item = ? LIMIT 1", [item]) != nil { return 0 }
        guard isCollection else { return try forget(item) }
        let mayStay = selection.isOne ? "finished IS NULL" : "(finished IS NULL OR state = 'failed')"
        let staying = try row(
            """
            SELECT 1 FROM membership JOIN item ON item.number = membership.item
            WHERE collection = ? AND \(mayStay) LIMIT 1
            """, [item])
        guard staying == nil else { return 0 }
        let statement = try database.cachedStatement(
            sql: """
                SELECT item FROM membership WHERE collection = ?1
                AND NOT EXISTS (SELECT 1 FROM membership AS other WHERE other.item = membership.item AND collection <> ?1)
                """)
        let members = try Int64.fetchAll(statement, arguments: [item])
        try execute("DELETE FROM membership WHERE collection = ?", [item])
        return try members.reduce(0) { try $0 + forget($1) } + forget(item)
    }

    private func forget(_ item: Int64) throws -> Int {
        try freeArtwork(of: item)
        let left = try row("SELECT resume FROM item WHERE number = ? AND resume IS NOT NULL", [item])
        if let line: Data = left?["resume"], let record = try? Wire.Record(line: Array(line)) { swept.append(record) }
        try execute("DELETE FROM failure WHERE item = ?", [item])
        try execute("DELETE FROM item WHERE number = ?", [item])
        return 1
    }

    /// Lets an item go before all that is not first, or take its turn again.
    package func move(_ id: String, first: Bool) throws -> Int {
        try execute(
            "UPDATE item SET priority = ?1 WHERE id = ?2 AND finished IS NULL AND priority <> ?1", [first ? 0 : 1, id])
        let count = database.changesCount
        if count > 0 { try note(.moved, id, count) }
        return count
    }
}

extension Ledger {
    /// Forgets items at their end, some at a time, so that a driver is not kept waiting; see ``Change/clear(_:after:limit:)``.
    package func clear(
        _ selection: Selection, road: Road, now: Int64
    ) throws(Failure) -> (count: Int, swept: [Wire.Record]) {
        var (count, swept, next) = (0, [Wire.Record](), Int64(-1) as Int64?)
        while let start = next {
            let part = try change(now: now, road: road) { change in
                let cleared = try change.clear(selection, after: start)
                if cleared.count > 0 { try change.note(.cleared, selection, cleared.count) }
                return (cleared.count, cleared.next, change.swept)
            }
            (count, next) = (count + part.0, part.1)
            swept += part.2
        }
        return (count, swept)
    }
}

extension Selection {
    fileprivate var isOne: Bool {
        if case .item = self { true } else { false }
    }

    fileprivate var forgettable: (sql: String, arguments: [any DatabaseValueConvertible]) {
        switch self {
        case .all: ("state <> 'failed'", [])
        case .state(let state): ("state = ?", [state.rawValue])
        case .item(let id): ("id = ?", [id])
        }
    }
}
