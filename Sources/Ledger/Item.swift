import Files
import Foundation
import GRDB
import Wire

/// An item as people see it.
package struct Item: Sendable {
    package let id: String
    /// How it ended, or will as soon as the last stage knows; else where it stands.
    package let state: State
    package let stage: String
    package let title: String?
    package let artist: String?
    /// The link or the file that it was asked for by, as it may be shown; nil for a reference to a catalog.
    package let link: String?
    /// The collection that holds it, or the first of them.
    package let list: (id: String, title: String?)?
    /// Why the stage stands still that it is due at.
    package let trouble: String?
    /// Milliseconds since 1970.
    package let due: Int64?
    /// The host or the catalog that it waits for.
    package let need: String?
    /// Tries in a row that failed at one stage.
    package let failures: Int
    package let isFirst: Bool
    package let isCollection: Bool
    /// Of a collection that was expanded: how many members there are, by state.
    package let members: [State: Int]?
    /// Of a collection, where these differ: how many tracks its catalog announced, and how many it listed.
    package let shortage: (announced: Int, listed: Int)?
    /// The last thing that went wrong, while it matters.
    package let failure: ItemFailure?
    /// Relative to nowhere: as the record has it.
    package let path: String?
    /// Whether it has a cover that could not be had yet.
    package let lacksArtwork: Bool
    /// Milliseconds since 1970.
    package let added: Int64
    /// When it came to its end, in milliseconds since 1970.
    package let finished: Int64?

    /// How an item ended, or will; else where it stands.
    static let standing = "CASE WHEN finished IS NULL THEN ifnull(outcome, state) ELSE state END"

    static let columns = """
        item.number, item.id, \(standing) AS state, title, artist, due, failures, priority = 0 AS first, added, finished, held,
        (SELECT min(collection) FROM membership WHERE membership.item = item.number) AS list,
        members IS NOT NULL AS collects, lane = item.number AS is_collection, line,
        (SELECT name FROM stage WHERE stage.number = ifnull(resume_stage, item.stage)) AS stage_name
        """

    init(_ row: Row, in database: Database) throws {
        let state = State(rawValue: row["state"]) ?? .ready
        (id, stage, title, artist) = (row["id"], row["stage_name"] ?? "", row["title"], row["artist"])
        (due, need, failures, isFirst) = (row["due"], row["held"], row["failures"], row["first"])
        (added, finished) = (row["added"], row["finished"])
        let number: Int64 = row["number"]
        let collects: Bool = row["collects"]
        isCollection = row["is_collection"]
        members = collects ? try Self.members(of: number, in: database) : nil
        list = try (row["list"] as Int64?).flatMap { try Self.name(of: $0, in: database) }
        trouble = state == .ready ? try Self.trouble(at: stage, in: database) : nil
        failure = [.waiting, .failed].contains(state) ? try ItemFailure.last(of: number, in: database) : nil
        let record = (row["line"] as Data?).flatMap { try? Record(line: Array($0)) }
        (link, shortage) = (record?.link, record?.shortage)
        let placed = state == .done || state == .skipped ? try? (record?.carried ?? record)?.placed : nil
        (path, lacksArtwork) = (placed?.path, placed?.lacksArtwork ?? false)
        self.state = Self.state(state, of: members ?? [:])
    }

    /// A collection with something that failed has failed, and one of which nothing is left but what is paused is paused.
    private static func state(_ state: State, of members: [State: Int]) -> State {
        switch state {
        case .done where members[.failed] != nil: .failed
        case .open where members[.paused] != nil && members.keys.allSatisfy { $0.isFinal || $0 == .paused }: .paused
        default: state
        }
    }

    private static func name(of number: Int64, in database: Database) throws -> (id: String, title: String?)? {
        let statement = try database.cachedStatement(sql: "SELECT id, title FROM item WHERE number = ?")
        return try Row.fetchOne(statement, arguments: [number]).map { ($0["id"], $0["title"]) }
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
            if let state = State(rawValue: row["standing"]) { counts[state] = row["count"] }
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

    init(_ row: Row) {
        (at, stage, failureClass, code) = (row["at"], row["stage_name"] ?? "", row["class"], row["code"])
        (message, host) = (row["message"], row["host"])
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
