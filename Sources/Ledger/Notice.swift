import Files
import GRDB
import Wire

/// What one recipient has to be told.
package struct Notice: Sendable {
    package let number: Int64
    /// The same over all tries, and of no other notice.
    package let id: String
    package let recipient: String
    package let event: String
    /// When the first of it happened, in milliseconds since 1970.
    package let at: Int64
    /// How often it happened.
    package let count: Int
    /// The first of what happened, in order.
    package let items: [JSONObject]
    /// Tries that failed.
    package let failures: Int
    /// All tries, also those that its recipient refused or put off.
    package let tries: Int
    /// Why the last one was in vain.
    package let trouble: String?
    /// When it is sent, or its recipient is tried again, in milliseconds since 1970; as the last driver meant it.
    package let next: Int64

    init(_ row: Row) throws {
        (number, id, event, at, count) = try (row["number"], row["id"], row["event"], row["at"], row["count"])
        (recipient, failures, tries, trouble) = try (row["recipient"], row["failures"], row["tries"], row["trouble"])
        next = try max(row["due"], row["again"] ?? 0)
        let lines: String = try row["items"]
        items = lines.utf8.split(separator: 10).compactMap { (try? JSON(parsing: Array($0)))?.object }
    }

    /// How many there are, by recipient.
    static func counts(in database: Database) throws -> [String: Int] {
        let rows = try Row.fetchAll(database, sql: "SELECT recipient, count(*) FROM notice GROUP BY recipient")
        return try Dictionary(rows.map { try ($0[0], $0[1]) }) { $1 }
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

    /// A try was in vain, and perhaps is a failure; its recipient is tried again at a time in milliseconds since 1970.
    package func failed(_ notice: Notice, _ message: String, counts: Bool, again: Int64) throws {
        try execute(
            "UPDATE notice SET tries = tries + 1, failures = failures + ?, trouble = ? WHERE number = ?",
            [counts ? 1 : 0, storable(message), notice.number])
        try execute("UPDATE notice SET again = ? WHERE recipient = ?", [again, notice.recipient])
    }

    /// Forgets a notice that was sent: its recipient takes others, too.
    package func sent(_ notice: Notice) throws {
        try forget(notice)
        try execute("UPDATE notice SET again = NULL WHERE recipient = ?", [notice.recipient])
    }

    /// Forgets a notice that is given up.
    package func forget(_ notice: Notice) throws {
        try execute("DELETE FROM notice WHERE number = ?", [notice.number])
    }

    /// Has what there is for a recipient, or for all of them, sent at once; returns how many notices that are.
    package func sendNow(to recipient: String?) throws -> Int {
        try execute(
            "UPDATE notice SET due = min(due, ?1), again = NULL WHERE ?2 IS NULL OR recipient = ?2", [now, recipient])
        return database.changesCount
    }

    /// Drops what there is for a recipient; returns how many notices that were.
    package func drop(for recipient: String) throws -> Int {
        try execute("DELETE FROM notice WHERE recipient = ?", [recipient])
        return database.changesCount
    }

    /// Drops what was meant for recipients that there are no more; returns how many notices that were, by recipient.
    package func forgetStrangers() throws -> [String: Int] {
        let known = Set(route.recipients.map(\.name))
        let strangers = try Notice.counts(in: database).filter { !known.contains($0.key) }
        for name in strangers.keys { try execute("DELETE FROM notice WHERE recipient = ?", [name]) }
        return strangers
    }
}
