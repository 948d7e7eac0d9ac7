import GRDB
import Wire

/// Failed items that failed for one reason: at one stage, with one code, at one host.
package struct FailureGroup: Equatable, Sendable {
    package let stage: String
    package let failureClass: String
    package let code: String
    package let host: String?
    /// What one of them was told.
    package let message: String
    /// How many they are.
    package let items: Int
}

/// A reason that items failed for.
package struct FailureReason: Equatable, Sendable {
    package let stage: String
    package let code: String
    package let host: String?

    package init(stage: String, code: String, host: String?) {
        (self.stage, self.code, self.host) = (stage, code, host)
    }

    /// The last failure of an item is the one it failed for.
    static let last = "failure.rowid = (SELECT max(rowid) FROM failure WHERE failure.item = item.number)"

    /// A condition for failed items, with its arguments.
    var condition: (sql: String, arguments: [any DatabaseValueConvertible]) {
        let sql = """
            EXISTS (SELECT 1 FROM failure WHERE \(Self.last) AND code = ? AND ifnull(host, '') = ?
                AND stage = (SELECT number FROM stage WHERE name = ?))
            """
        return (sql, [code, host ?? "", stage])
    }
}

extension Ledger {
    /// The reasons that items failed for, the most frequent first.
    package func failureGroups() throws(Failure) -> [FailureGroup] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT stage.name AS stage, class, code, host, message, count(*) AS items
                    FROM item INDEXED BY item_state JOIN failure ON \(FailureReason.last)
                        JOIN stage ON stage.number = failure.stage
                    WHERE item.state = 'failed' AND item.state NOT IN ('ready', 'running')
                    GROUP BY failure.stage, class, code, host ORDER BY items DESC, min(item.number) LIMIT 200
                    """
            ).map { row in
                try FailureGroup(
                    stage: row["stage"], failureClass: row["class"], code: row["code"], host: row["host"],
                    message: row["message"], items: row["items"])
            }
        }
    }
}
