import GRDB
import Wire

/// Which items are listed.
package struct ItemQuery: Sendable {
    package var state: State?
    /// All but those in this state.
    package var otherState: State?
    /// The collection that holds them, by its id.
    package var parent: String?
    /// Only items that were requested themselves, not as a member of a collection.
    package var isTop = false
    /// Text that the title, artist or id contains.
    package var text: String?
    /// Only failed items that failed for this reason.
    package var reason: FailureReason?
    /// Whether those that were added last come first; not for the members of a collection.
    package var isNewestFirst = false
    /// Only items after the one with this id.
    package var after: String?
    /// How many items are left out at the start.
    package var offset = 0
    /// How many items are listed at most.
    package var limit = 1000

    package init(state: State? = nil, parent: String? = nil, after: String? = nil, limit: Int = 1000) {
        (self.state, self.parent, self.after, self.limit) = (state, parent, after, limit)
    }

    func statement(in database: Database) throws -> (sql: String, arguments: [any DatabaseValueConvertible]) {
        let start = try after.map { id in try Self.number(of: id, in: database) }
        if let parent { return try members(of: Self.number(of: parent, in: database), after: start) }
        var (conditions, arguments) = ([String](), [any DatabaseValueConvertible]())
        if let start {
            conditions.append("item.number \(isNewestFirst ? "<" : ">") ?")
            arguments.append(start)
        }
        let source = try source(in: database, &conditions, &arguments)
        // Rows before the offset are only read in the index.
        let order = "ORDER BY item.number" + (isNewestFirst ? " DESC" : "")
        let numbers = "SELECT item.number FROM item \(source) \(Self.joined(conditions)) \(order) LIMIT ? OFFSET ?"
        let sql = "SELECT \(Item.columns) FROM item WHERE item.number IN (\(numbers)) \(order)"
        return (sql, arguments + [limit, offset])
    }

    private func members(
        of collection: Int64, after start: Int64?
    ) throws -> (sql: String, arguments: [any DatabaseValueConvertible]) {
        var conditions = [
            "collection = ?", "seq > ifnull((SELECT max(seq) FROM membership WHERE collection = ? AND item = ?), 0)"
        ]
        var arguments: [any DatabaseValueConvertible] = [collection, collection, start ?? -1]
        let isPlain = state == nil && text == nil
        if let state {
            conditions.append("\(Item.standing) = ?")
            arguments.append(state.rawValue)
        }
        addText(&conditions, &arguments)
        let end = "ORDER BY seq LIMIT ? OFFSET ?"
        arguments += [limit, offset]
        let rows = isPlain ? "(SELECT * FROM membership \(Self.joined(conditions)) \(end)) AS membership" : "membership"
        let sql = "SELECT \(Item.columns) FROM \(rows) JOIN item ON item.number = membership.item"
        return (isPlain ? "\(sql) ORDER BY seq" : "\(sql) \(Self.joined(conditions)) \(end)", arguments)
    }

    /// The index to search, if one fits; adds the conditions that remain.
    private func source(
        in database: Database, _ conditions: inout [String], _ arguments: inout [any DatabaseValueConvertible]
    ) throws -> String {
        addText(&conditions, &arguments)
        if isTop { conditions.append("(lane = 0 OR lane = item.number)") }
        if let reason {
            conditions.append(reason.condition.sql)
            arguments += reason.condition.arguments
        }
        if let otherState {
            conditions.append("state <> ?")
            arguments.append(otherState.rawValue)
        }
        guard let state else { return isTop ? "INDEXED BY item_top" : "" }
        if !state.isFinal {
            conditions.append("ifnull(outcome, state) = ?")
            arguments.append(state.rawValue)
        }
        switch state {
        case .running:
            conditions.append("claim IS NOT NULL")
            return "INDEXED BY item_running"
        case .ready:
            conditions.append("state = 'ready'")
            let sql = "SELECT sum(count) FROM tally WHERE state = 'ready'"
            guard try Int.fetchOne(database, sql: sql) ?? 0 < 50_000 else { return "NOT INDEXED" }
            conditions.append("alone = 0")
            return "INDEXED BY item_ready"
        default:
            conditions.append("state = '\(state.rawValue)' AND state NOT IN ('ready', 'running')")
            return "INDEXED BY item_state"
        }
    }

    private func addText(_ conditions: inout [String], _ arguments: inout [any DatabaseValueConvertible]) {
        guard let text, !text.isEmpty else { return }
        let escaped = ["\\", "%", "_"].reduce(text) { $0.replacing($1, with: "\\\($1)") }
        let columns = ["title", "artist", "item.id"]
        conditions.append("(" + columns.map { "\($0) LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")")
        arguments += columns.map { _ in "%\(escaped)%" }
    }

    private static func joined(_ conditions: [String]) -> String {
        conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
    }

    private static func number(of id: String, in database: Database) throws -> Int64 {
        let number = try Int64.fetchOne(database, sql: "SELECT number FROM item WHERE id = ?", arguments: [id])
        guard let number else { throw Failure.permanent("no_item", "the ledger has no item \(id)") }
        return number
    }
}
