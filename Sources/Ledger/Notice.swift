import Files
import GRDB
import Wire

/// What one recipient has to be told.
package struct Notice: Sendable {
    package let number: Int64
    /// The same over all tries, and of no other notice.
    package let id: String
    package let event: String
    /// When the first of it happened, in milliseconds since 1970.
    package let at: Int64
    /// How often it happened.
    package let count: Int
    /// The first of what happened, in order.
    package let items: [JSONObject]
    /// Tries that failed.
    package let failures: Int

    fileprivate init(_ row: Row) {
        (number, id, event, at, count) = (row["number"], row["id"], row["event"], row["at"], row["count"])
        failures = row["failures"]
        let lines: String = row["items"]
        items = lines.utf8.split(separator: 10).compactMap { (try? JSON(parsing: Array($0)))?.object }
    }

    /// How many there are, by recipient.
    fileprivate static func counts(in database: Database) throws -> [String: Int] {
        let rows = try Row.fetchAll(database, sql: "SELECT recipient, count(*) FROM notice GROUP BY recipient")
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0], $0[1]) })
    }
}

extension Change {
    /// Characters of what happened that a notice may have before more is only counted.
    private static let mostItems = 8000

    /// Notes something that happened for all who want to be told of it.
    package func tell(_ occasion: Occasion, _ item: JSONObject) throws {
        for recipient in route.recipients where recipient.occasions.contains(occasion) {
            try execute(
                """
                INSERT INTO notice (id, recipient, event, at, due, gathers, count, items)
                VALUES ('notice:' || lower(hex(randomblob(16))), ?, ?, ?, ?, ?, 1, ?)
                ON CONFLICT (recipient, event) WHERE gathers = 1 DO UPDATE SET count = count + 1,
                    items = CASE WHEN length(items) < \(Self.mostItems) THEN items || char(10) || excluded.items ELSE items END
                """,
                [
                    recipient.name, occasion.rawValue, now, now + recipient.gather, recipient.gather > 0 ? 1 : 0,
                    String(decoding: item.value.text, as: UTF8.self)
                ])
        }
    }

    /// Remembers what is told of something; false where the same was told before, in the last `milliseconds` if they are given.
    func isNews(_ value: String, of subject: String, within milliseconds: Int64? = nil) throws -> Bool {
        try execute(
            """
            INSERT INTO told (subject, value, at) VALUES (?1, ?2, ?3)
            ON CONFLICT (subject) DO UPDATE SET value = excluded.value, at = excluded.at
            WHERE value <> excluded.value OR at < ?4
            """, [storable(subject), storable(value), now, milliseconds.map { now - $0 }])
        return didChange
    }

    /// The next notice that is due for a recipient: from now on nothing joins it. Those that still gather are not due but at the
    /// end of a run.
    ///
    /// One that failed more often than others waits for them.
    package func nextNotice(for recipient: String, isAtEnd: Bool = false) throws -> Notice? {
        // A clock that was ahead must not keep one back.
        try row(
            """
            UPDATE notice SET gathers = 0 WHERE number = (
                SELECT number FROM notice WHERE recipient = ?1 AND (due <= ?2 OR at > ?2 OR ?3)
                ORDER BY failures, number LIMIT 1)
            RETURNING *
            """, [recipient, now, isAtEnd]
        ).map(Notice.init)
    }

    /// A try failed, and counts.
    package func failed(_ notice: Notice) throws {
        try execute("UPDATE notice SET failures = failures + 1 WHERE number = ?", [notice.number])
    }

    /// Forgets a notice that was sent or given up.
    package func forget(_ notice: Notice) throws {
        try execute("DELETE FROM notice WHERE number = ?", [notice.number])
    }

    /// Drops what was meant for recipients that there are no more; returns how many notices that were, by recipient.
    package func forgetStrangers() throws -> [String: Int] {
        let known = Set(route.recipients.map(\.name))
        let strangers = try Notice.counts(in: database).filter { !known.contains($0.key) }
        for name in strangers.keys { try execute("DELETE FROM notice WHERE recipient = ?", [name]) }
        return strangers
    }
}

extension Ledger {
    /// How many notices there are, by recipient.
    package func notices() throws(Failure) -> [String: Int] { try read(Notice.counts) }

    /// The names of those for whom something is due; at the end of a run all that there is.
    package func recipientsDue(now: Int64, isAtEnd: Bool) throws(Failure) -> Set<String> {
        try read { database in
            let statement = try database.cachedStatement(
                sql: "SELECT DISTINCT recipient FROM notice WHERE due <= ?1 OR at > ?1 OR ?2")
            return try String.fetchSet(statement, arguments: [now, isAtEnd])
        }
    }
}
