import Files
import Foundation
import GRDB
import Wire

/// An item as people see it.
package struct Item: Sendable {
    package let id: String
    /// How it ended, or will once the last stage knows; else its present state.
    package let state: State
    /// The name of its stage; of a failed item, the one at which it failed.
    package let stage: String
    package let title: String?
    package let artist: String?
    /// The link or file that was requested, without secrets; nil for a reference to a catalog.
    package let link: String?
    /// The collection that holds it, or the first of them.
    package let list: (id: String, title: String?)?
    /// Why the stage that it is due at is stalled.
    package let trouble: String?
    /// When a waiting item is due, in milliseconds since 1970.
    package let due: Int64?
    /// The host, or the catalog by its name, that it waits for.
    package let need: String?
    /// Failed tries in a row at its stage.
    package let failures: Int
    /// Whether it was moved to the front of the queue.
    package let isFirst: Bool
    package let isCollection: Bool
    /// How many members an expanded collection has, by state; nil for other items.
    package let members: [State: Int]?
    /// How many tracks a collection's catalog announced and how many it listed, where these differ.
    package let shortage: (announced: Int, listed: Int)?
    /// The last failure of an item that waits or has failed.
    package let failure: ItemFailure?
    /// The finished file, by its path as the record gives it.
    package let path: String?
    /// Whether its cover could not be fetched yet.
    package let lacksArtwork: Bool
    /// Milliseconds since 1970.
    package let added: Int64
    /// Milliseconds since 1970.
    package let finished: Int64?

    /// How an item ended, or will; else its present state.
    static let standing = "CASE WHEN finished IS NULL THEN ifnull(outcome, state) ELSE state END"

    static let columns = """
        item.number, item.id, \(standing) AS state, title, artist, due, failures, priority = 0 AS first, added, finished, held,
        (SELECT min(collection) FROM membership WHERE membership.item = item.number) AS list,
        members IS NOT NULL AS collects, lane = item.number AS is_collection, line,
        (SELECT name FROM stage WHERE stage.number = ifnull(resume_stage, item.stage)) AS stage_name
        """

    init(_ row: Row, in database: Database) throws {
        let state = try State(rawValue: row["state"]) ?? .ready
        (id, stage, title, artist) = try (row["id"], row["stage_name"] ?? "", row["title"], row["artist"])
        (due, need, failures, isFirst) = try (row["due"], row["held"], row["failures"], row["first"])
        (added, finished) = try (row["added"], row["finished"])
        let number: Int64 = try row["number"]
        let collects: Bool = try row["collects"]
        isCollection = try row["is_collection"]
        members = collects ? try Self.members(of: number, in: database) : nil
        list = try (row["list"] as Int64?).flatMap { try Self.name(of: $0, in: database) }
        trouble = state == .ready ? try Self.trouble(at: stage, in: database) : nil
        failure = [.waiting, .failed].contains(state) ? try ItemFailure.last(of: number, in: database) : nil
        let record = try (row["line"] as Data?).flatMap { try? Record(line: Array($0)) }
        (link, shortage) = (record?.link, record?.shortage)
        let placed = state == .done || state == .skipped ? try? (record?.carried ?? record)?.placed : nil
        (path, lacksArtwork) = (placed?.path, placed?.lacksArtwork ?? false)
        self.state = Self.state(state, of: members ?? [:])
    }

    /// A collection has failed if a member has, and is paused if all members that are left are paused.
    private static func state(_ state: State, of members: [State: Int]) -> State {
        switch state {
        case .done where members[.failed] != nil: .failed
        case .open where members[.paused] != nil && members.keys.allSatisfy { $0.isFinal || $0 == .paused }: .paused
        default: state
        }
    }

    private static func name(of number: Int64, in database: Database) throws -> (id: String, title: String?)? {
        let statement = try database.cachedStatement(sql: "SELECT id, title FROM item WHERE number = ?")
        return try Row.fetchOne(statement, arguments: [number]).map { try ($0["id"], $0["title"]) }
    }

    private static func trouble(at stage: String, in database: Database) throws -> String? {
        let statement = try database.cachedStatement(sql: "SELECT value FROM setting WHERE name = ?")
        return try String.fetchOne(statement, arguments: [Trouble.setting(of: stage)])
    }

    private static func members(of number: Int64, in database: Database) throws -> [State: Int] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT \(standing) AS standing, count(*) AS count
                FROM membership JOIN item ON item.number = membership.item WHERE collection = ? GROUP BY standing
                """)
        var counts: [State: Int] = [:]
        for row in try Row.fetchAll(statement, arguments: [number]) {
            if let state = try State(rawValue: row["standing"]) { counts[state] = try row["count"] }
        }
        return counts
    }
}

/// A failed try.
package struct ItemFailure: Sendable {
    /// Milliseconds since 1970.
    package let at: Int64
    package let stage: String
    package let failureClass: String
    package let code: String
    package let message: String
    package let host: String?

    init(_ row: Row) throws {
        (at, stage, failureClass, code) = try (row["at"], row["stage_name"] ?? "", row["class"], row["code"])
        (message, host) = try (row["message"], row["host"])
    }

    private static let selection = """
        SELECT at, class, code, message, host,
            (SELECT name FROM stage WHERE stage.number = failure.stage) AS stage_name
        FROM failure WHERE item = ? ORDER BY rowid
        """

    static func last(of number: Int64, in database: Database) throws -> ItemFailure? {
        let statement = try database.cachedStatement(sql: selection + " DESC LIMIT 1")
        return try Row.fetchOne(statement, arguments: [number]).map(ItemFailure.init)
    }

    static func all(of number: Int64, in database: Database) throws -> [ItemFailure] {
        try Row.fetchAll(database.cachedStatement(sql: selection), arguments: [number]).map(ItemFailure.init)
    }
}
