import GRDB
import Wire

/// A recipient that does not take notices, and what waits for it.
package struct WaitingNotices: Sendable {
    package let recipient: String
    package let count: Int
    /// What it said last.
    package let message: String
    /// When it is tried again, in milliseconds since 1970.
    package let next: Int64
}

extension Ledger {
    /// How many notices there are, by recipient.
    package func notices() throws(Failure) -> [String: Int] { try read(Notice.counts) }

    /// All that stand, or those for one recipient, oldest first.
    package func standingNotices(for recipient: String? = nil) throws(Failure) -> [Notice] {
        try read { database in
            // What came since the last try waits with the others.
            let sql = """
                SELECT number, id, recipient, event, at, due, count, items, failures, tries, trouble,
                    max(again) OVER (PARTITION BY recipient) AS again
                FROM notice WHERE ?1 IS NULL OR recipient = ?1 ORDER BY number
                """
            return try Row.fetchAll(database, sql: sql, arguments: [recipient]).map(Notice.init)
        }
    }

    /// The names of those who are to be tried again at once, whatever was meant before.
    package func recipientsAsked() throws(Failure) -> Set<String> {
        try read { try String.fetchSet($0, sql: "SELECT recipient FROM notice WHERE tries > 0 AND again IS NULL") }
    }

    /// The names of those for whom something is due; at the end of a run all that there is.
    package func recipientsDue(now: Int64, isAtEnd: Bool) throws(Failure) -> Set<String> {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT DISTINCT recipient FROM notice WHERE due <= ?1 OR at > ?1 OR ?2")
            return try String.fetchSet(statement, arguments: [now, isAtEnd])
        }
    }

    /// Those who did not take the last notice that they were sent, by name.
    package func waitingNotices() throws(Failure) -> [WaitingNotices] {
        try read { database in
            let sql = """
                SELECT recipient, count(*) AS count, max(again) AS again, (
                    SELECT trouble FROM notice AS tried
                    WHERE tried.recipient = notice.recipient AND trouble IS NOT NULL ORDER BY number LIMIT 1) AS trouble
                FROM notice GROUP BY recipient HAVING max(again) IS NOT NULL ORDER BY recipient
                """
            return try Row.fetchAll(database, sql: sql).map { row in
                try WaitingNotices(
                    recipient: row["recipient"], count: row["count"], message: row["trouble"] ?? "", next: row["again"])
            }
        }
    }
}
