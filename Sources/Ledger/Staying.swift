import GRDB
import Wire

/// How much a command to forget items left behind, and why.
package struct Staying: Equatable, Sendable {
    /// Finished members, which go only with their collection.
    package var members = 0
    /// Collections that stay because a member failed; one that is named goes all the same.
    package var holding = 0
    /// Items that have not ended, and collections with a member that has not.
    package var unfinished = 0
    /// The collections concerned, in the order in which they were added; at most the first few of each reason.
    package var lists: [List] = []

    package struct List: Equatable, Sendable {
        package let id: String
        package let title: String?
    }

    package init() {}

    package static func += (one: inout Staying, other: Staying) {
        one.members += other.members
        one.holding += other.holding
        one.unfinished += other.unfinished
        one.lists += other.lists.filter { !one.lists.contains($0) }
    }
}

extension Ledger {
    /// What a command to forget the selection left behind, asked after it was carried out.
    package func staying(_ selection: Selection) throws(Failure) -> Staying {
        try read { try Leavings(database: $0, selection: selection).staying() }
    }
}

/// Looks for what is left of a selection.
private struct Leavings {
    let database: Database
    let selection: Selection

    /// How many collections are named at most.
    private static let fewLists = 20
    private static let isUnfinished = "member.finished IS NULL"
    private static let hasFailed = "member.state = 'failed'"

    func staying() throws -> Staying {
        var staying = Staying()
        // For all items, members need no mention: their collections are counted.
        if selection != .all {
            staying.members = try count(
                "\(ended) AND EXISTS (SELECT 1 FROM membership WHERE membership.item = item.number)")
            staying.lists = try lists(
                """
                item AS list WHERE number IN (
                    SELECT collection FROM membership WHERE item IN (SELECT number FROM \(ended)))
                """)
        }
        staying.unfinished = try count(lists(with: Self.isUnfinished))
        if selection.isOne {
            staying.unfinished += try count("item WHERE finished IS NULL AND \(selection.forgettable.sql)")
        } else {
            staying.holding = try count(lists(with: Self.hasFailed))
        }
        let holding = try lists(lists(with: "(\(Self.isUnfinished) OR \(Self.hasFailed))"))
        staying.lists += holding.filter { !staying.lists.contains($0) }
        return staying
    }

    /// Items that match and have ended.
    private var ended: String { "item WHERE finished IS NOT NULL AND \(selection.forgettable.sql)" }

    /// The collections among them that have such a member.
    private func lists(with member: String) -> String {
        """
        \(ended) AND lane = number AND EXISTS (
            SELECT 1 FROM membership JOIN item AS member ON member.number = membership.item
            WHERE membership.collection = item.number AND \(member))
        """
    }

    private func count(_ source: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(source)", arguments: arguments) ?? 0
    }

    private func lists(_ source: String) throws -> [Staying.List] {
        let sql = "SELECT id, title FROM \(source) ORDER BY number LIMIT \(Self.fewLists)"
        return try Row.fetchAll(database, sql: sql, arguments: arguments).map {
            try Staying.List(id: $0[0], title: $0[1])
        }
    }

    private var arguments: StatementArguments { StatementArguments(selection.forgettable.arguments) }
}
