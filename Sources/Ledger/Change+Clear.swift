import Foundation
import GRDB
import Wire

extension Change {
    /// Forgets finished items and their recorded failures. Failed items stay unless they are named.
    ///
    /// A collection goes with its members once all of them may go; a member stays while another collection holds it, and
    /// goes by itself once none does.
    /// Looks at up to `limit` items after `number`; returns how many went and the number to continue after, nil at the end.
    func clear(
        _ selection: Selection, after number: Int64 = -1, limit: Int = 1000
    ) throws -> (count: Int, next: Int64?) {
        let (condition, arguments) = selection.forgettable
        let statement = try database.cachedStatement(
            sql: """
                SELECT number, lane = number FROM item
                WHERE finished IS NOT NULL AND number > ? AND \(condition) AND (
                    lane = 0 OR lane = number OR NOT EXISTS (SELECT 1 FROM membership WHERE membership.item = item.number))
                ORDER BY number LIMIT ?
                """)
        let rows = try Row.fetchAll(statement, arguments: StatementArguments([number] + arguments + [limit]))
        var count = 0
        for row in rows {
            let (item, isCollection): (Int64, Bool) = try (row[0], row[1])
            let (forgotten, isWhole) = try forget(item, isCollection: isCollection, selection)
            count += forgotten
            guard isWhole || forgotten > 0 else { throw DatabaseError.disorder }
            if !isWhole || count >= Self.mostForgotten { return (count, isWhole ? item : item - 1) }
        }
        guard rows.count == limit, let next: Int64 = try rows.last?[0] else { return (count, nil) }
        guard next > number else { throw DatabaseError.disorder }
        return (count, next)
    }

    /// Roughly how many items are deleted in one transaction.
    private static let mostForgotten = 5000

    /// How many items went, and whether the collection went completely.
    private func forget(
        _ item: Int64, isCollection: Bool, _ selection: Selection
    ) throws -> (count: Int, isWhole: Bool) {
        if try row("SELECT 1 FROM membership WHERE item = ? LIMIT 1", [item]) != nil { return (0, true) }
        guard isCollection else { return (try forget(item), true) }
        let mayStay = selection.isOne ? "finished IS NULL" : "(finished IS NULL OR state = 'failed')"
        let staying = try row(
            """
            SELECT 1 FROM membership JOIN item ON item.number = membership.item
            WHERE collection = ? AND \(mayStay) LIMIT 1
            """, [item])
        guard staying == nil else { return (0, true) }
        let statement = try database.cachedStatement(
            sql: "SELECT seq, item FROM membership WHERE collection = ? ORDER BY seq LIMIT ?")
        let members = try Row.fetchAll(statement, arguments: [item, Self.mostForgotten])
        try execute("DELETE FROM membership WHERE collection = ? AND seq <= ?", [item, members.last?[0] as Int? ?? 0])
        // One that the list holds twice goes with its last place.
        let count = try members.reduce(0) { count, row in
            let isHeld = try self.row("SELECT 1 FROM membership WHERE item = ? LIMIT 1", [row[1] as Int64]) != nil
            return isHeld ? count : try count + forget(row[1])
        }
        guard members.count < Self.mostForgotten else { return (count, false) }
        return (try count + forget(item), true)
    }

    func forget(_ item: Int64) throws -> Int {
        try freeArtwork(of: item)
        let left = try row("SELECT resume FROM item WHERE number = ? AND resume IS NOT NULL", [item])
        if let line: Data = try left?["resume"], let record = try? Wire.Record(line: Array(line)) {
            swept.append(record.innermost)
        }
        try execute("DELETE FROM failure WHERE item = ?", [item])
        try execute("DELETE FROM alias WHERE item = ?", [item])
        try execute("DELETE FROM item WHERE number = ?", [item])
        return database.changesCount
    }

    /// Moves an item to the front of the queue, or back to its turn, and returns how many items changed: 0 or 1.
    package func move(_ id: String, first: Bool) throws -> Int {
        try execute(
            "UPDATE item SET priority = ?1 WHERE id = ?2 AND finished IS NULL AND priority <> ?1", [first ? 0 : 1, id])
        let count = database.changesCount
        if count > 0 { try note(.moved, id, count) }
        return count
    }
}

extension Ledger {
    /// Forgets finished items in several transactions, so that a driver is not kept waiting; see
    /// ``Change/clear(_:after:limit:)``.
    ///
    /// `now` is in milliseconds since 1970. Returns how many items went, and the records whose spool files are now unused.
    package func clear(
        _ selection: Selection, route: Route, now: Int64
    ) throws(Failure) -> (count: Int, swept: [Wire.Record]) {
        var (count, swept, next) = (0, [Wire.Record](), Int64(-1) as Int64?)
        while let start = next {
            let part = try change(now: now, route: route) { change in
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
    var isOne: Bool {
        if case .item = self { true } else { false }
    }

    /// A condition for the finished items that it covers, with its arguments.
    var forgettable: (sql: String, arguments: [any DatabaseValueConvertible]) {
        switch self {
        case .all: ("state <> 'failed'", [])
        case .state(let state): ("state = ?", [state.rawValue])
        case .item(let id): ("id = ?", [id])
        }
    }
}
