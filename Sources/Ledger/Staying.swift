import GRDB
import Wire

/// What a command to forget left, and why.
package struct Staying: Equatable, Sendable {
    /// Items at their end that go with a collection, and never by themselves.
    package var members = 0
    /// Collections that stay for what failed in them; one that is named goes with it.
    package var holding = 0
    /// Items that are not at their end, and collections of which a member is not.
    package var unfinished = 0
    /// The collections that this is about, as far as they are few.
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
    /// What a command to forget the selection leaves, asked when it has been carried out.
    package func staying(_ selection: Selection) throws(Failure) -> Staying {
        try read { try Leavings(database: $0, selection: selection).staying() }
    }
}

/// Looks for what stays of a selection.
private struct Leavings {
    let database: Database
    let selection: Selection

    /// Collections that are told at most.
    private static let fewLists = 20
    private static let isUnfinished = "member.finished IS NULL"
    private static let hasFailed = "member.state = 'failed'"

    func staying() throws -> Staying {
        var staying = Staying()
        // With all others the members of a collection that stays need no word of their own.
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

    /// What matches and is at its end.
    private var ended: String { "item WHERE finished IS NOT NULL AND \(selection.forgettable.sql)" }

    /// Of that the collections with a member of a kind.
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
            Staying.List(id: $0[0], title: $0[1])
        }
    }

    private var arguments: StatementArguments { StatementArguments(selection.forgettable.arguments) }
}
