import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// Follows a list from now on, or on other terms; true if it was not followed before.
    ///
    /// It is due at once, and one that is followed already no later than it would be from now on.
    @discardableResult
    package func follow(_ request: Wire.Record, _ terms: FollowTerms) throws -> Bool {
        let isNew = try row("SELECT 1 FROM follow WHERE id = ?", [storable(request.id)]) == nil
        try execute(
            """
            INSERT INTO follow (id, line, every, mirrors, trash, keep, phase, due, added, known)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'resting', ?7, ?7, ?8)
            ON CONFLICT (id) DO UPDATE SET line = excluded.line, every = excluded.every, mirrors = excluded.mirrors,
                trash = excluded.trash, phase = iif(phase = 'ended', 'resting', phase),
                due = min(ifnull(due, ?7), ?7 + ?3), wait = min(wait, ?3), failures = 0, keep = excluded.keep,
                leaving = iif(excluded.mirrors, leaving, '[]'), seen = iif(keep IS excluded.keep, seen, NULL)
            """,
            [
                storable(request.id), Data(request.line), terms.every, terms.mirrors, terms.mostTrashed, terms.keep,
                now,
                try Self.text(members(of: request.id))
            ])
        return isNew
    }

    /// Follows a list no longer; what it brought stays. False if it was not followed.
    package func unfollow(_ id: String) throws -> Bool {
        try execute("DELETE FROM follow WHERE id = ?", [storable(id)])
        return didChange
    }

    /// Makes a followed list due now, even one that has ended; false if it is not followed.
    package func pollNow(_ id: String) throws -> Bool {
        try execute(
            """
            UPDATE follow SET due = ?, wait = 0, phase = iif(phase = 'ended', 'resting', phase)
            WHERE id = ? AND phase <> 'asked' AND phase <> 'settling'
            """, [now, storable(id)])
        return try row("SELECT 1 FROM follow WHERE id = ?", [storable(id)]) != nil
    }

    /// Puts the followed lists into the queue whose time has come, unless they are there or everything is paused; returns
    /// their ids, at most 50 per call.
    ///
    /// One that would wait longer than it was to is due too: the clock was wrong, then or now.
    package func askFollowed() throws -> [String] {
        guard try !isPaused() else { return [] }
        let columns = "SELECT id, line, every, keep, due, wait, seen FROM follow"
        let isFree =
            "NOT EXISTS (SELECT 1 FROM item WHERE item.id = follow.id AND finished IS NULL) LIMIT \(Self.mostAsked)"
        var rows = try all("\(columns) WHERE phase = 'resting' AND due <= ? AND \(isFree)", [now])
        if rows.isEmpty {
            rows = try all(
                "\(columns) INDEXED BY follow_set WHERE phase = 'resting' AND due - wait > ? AND \(isFree)",
                [now + Self.smallFollowStep])
        }
        return try rows.compactMap(ask)
    }

    private static let mostAsked = 50
    /// A step of the clock, in milliseconds, that is too small to act on.
    private static let smallFollowStep: Int64 = 1000

    private func ask(_ row: Row) throws -> String? {
        let (id, every): (String, Int64) = try (row["id"], row["every"])
        let (due, wait): (Int64, Int64) = try (row["due"], row["wait"])
        let next = FollowSchedule(id: id, every: every).next(due: due, isByHand: wait == 0, now: now)
        try execute(
            "UPDATE follow SET phase = 'asked', tried = ?, due = ?, wait = ? WHERE id = ?", [now, next, next - now, id])
        guard didChange else { throw DatabaseError.disorder }
        guard let line: Data = try row["line"], var request = try? Wire.Record(line: Array(line)) else { return nil }
        // Whoever expands it may say next time that it is as it was, if the ledger has all that it had.
        let isWhole = try self.row("SELECT 1 FROM item WHERE id = ? AND state = 'done'", [id]) != nil
        let seen = try isWhole ? (row["seen"] as String?).flatMap { try? JSON(parsing: Array($0.utf8)) } : nil
        request["seen"] = seen ?? JSONObject().value
        request["keep"] = try (row["keep"] as Int?).map(JSON.integer)
        _ = try add(request, isCollection: true, first: false, isTold: false)
        return request.id
    }

    /// When the next followed list is due that is not in the queue, in milliseconds since 1970.
    package func nextFollowed() throws -> Int64? {
        guard try !isPaused() else { return nil }
        return try row(
            """
            SELECT due FROM follow WHERE phase = 'resting'
                AND NOT EXISTS (SELECT 1 FROM item WHERE item.id = follow.id AND finished IS NULL)
            ORDER BY due LIMIT 1
            """, [])?["due"]
    }

    /// Books what came of the followed lists that were read to their end, or could not be.
    package func bookFollowed() throws -> [FollowNews] {
        // The last stage did not book what it has now: what left it is looked at when it was read again.
        try execute(
            """
            UPDATE follow SET phase = 'resting' WHERE phase = 'settling' AND EXISTS (
                SELECT 1 FROM item WHERE item.id = follow.id AND finished NOTNULL AND state <> 'done')
            """, [])
        let rows = try all(
            """
            SELECT follow.id, follow.line AS request, every, mirrors, known, leaving, follow.failures AS failed, number,
                CASE WHEN finished IS NULL THEN ifnull(outcome, state) ELSE state END AS standing, item.line, title
            FROM follow LEFT JOIN item ON item.id = follow.id
            WHERE phase = 'asked' AND (state IS NULL OR finished NOTNULL OR outcome NOTNULL OR state = 'open')
            """, [])
        return try rows.compactMap(book)
    }

    private func book(_ row: Row) throws -> FollowNews? {
        let id: String = try row["id"]
        switch try (row["standing"] as String?).flatMap(State.init) {
        case .failed: return try bookFailure(of: id, row)
        case .cancelled:
            try rest(id, .cancelled, nil)
            return try FollowNews(id: id, title: row["title"], outcome: .cancelled)
        default: break
        }
        guard let line: Data = try row["line"], let last = try? Wire.Record(line: Array(line)), last.kind == "done"
        else {
            // It was forgotten before anybody looked.
            try rest(id, .unchanged, nil)
            return nil
        }
        var news = try FollowNews(id: id, title: row["title"], outcome: .unchanged)
        if last["unchanged"]?.boolean != true { try compare(last, row, &news) }
        let short = last.shortage.map { _ in "it was not read whole, so nothing counts as having left it" }
        news.message = try move(id, to: last["moved"]?.string, row["request"]) ?? short
        // What was refused to go to the trash is tried again, and the reason stays until then.
        try execute(
            """
            UPDATE follow SET phase = iif(leaving = '[]', 'resting', 'settling'), good = ?1, failures = 0, result = ?2,
                message = iif(leaving = '[]', ?3, ifnull(?3, message)) WHERE id = ?4
            """, [now, news.outcome.rawValue, storable(news.message), id])
        return news
    }

    /// Compares the tracks of a list that was read with those that it had. Of one that listed less than it announced,
    /// nothing has left.
    private func compare(_ last: Wire.Record, _ row: Row, _ news: inout FollowNews) throws {
        let (before, after) = try (ids(inArray: row["known"]), members(of: news.id))
        let (known, present) = (Set(before), Set(after))
        let gained = after.filter { !known.contains($0) }
        let lost = last.shortage == nil ? before.filter { !present.contains($0) } : []
        (news.gained, news.lost) = (gained.count, lost.count)
        let leaving = try (ids(inArray: row["leaving"]) + (row["mirrors"] ? lost : [])).filter { !present.contains($0) }
        let held = last.shortage == nil ? after : before + gained
        try execute(
            "UPDATE follow SET known = ?, leaving = ?, seen = ? WHERE id = ?",
            [
                Self.text(held), Self.text(leaving), last["seen"].map { String(decoding: $0.text, as: UTF8.self) },
                news.id
            ])
        guard !gained.isEmpty || !lost.isEmpty else { return }
        news.outcome = .changed
        try execute(
            "UPDATE follow SET gained = ?, lost = ?, changed = ? WHERE id = ?",
            [Self.text(gained), Self.text(lost), now, news.id])
    }

    private func bookFailure(of id: String, _ row: Row) throws -> FollowNews {
        let last = try ItemFailure.last(of: row["number"], in: database)
        var news = try FollowNews(id: id, title: row["title"], outcome: .failed)
        news.message = last?.message
        if last?.code == Failure.Code.http(410).rawValue {
            (news.outcome, news.message) = (.gone, "its server says that it is gone for good")
            try execute(
                "UPDATE follow SET phase = 'ended', due = NULL, failures = failures + 1, result = ?, message = ? WHERE id = ?",
                [news.outcome.rawValue, news.message, id])
            return news
        }
        let failures: Int = try row["failed"] + 1
        let due = try FollowSchedule(id: id, every: row["every"]).retry(failures: failures, now: now)
        try rest(id, .failed, last?.message)
        try execute(
            "UPDATE follow SET failures = ?, due = ?, wait = ? WHERE id = ?", [failures, due, max(1, due - now), id])
        return news
    }

    private func rest(_ id: String, _ outcome: FollowedList.Outcome, _ message: String?) throws {
        try execute(
            "UPDATE follow SET phase = 'resting', result = ?, message = ? WHERE id = ?",
            [outcome.rawValue, storable(message), id])
    }

    /// Follows a list at the link to which its server has moved it for good; returns what there is to say.
    private func move(_ id: String, to link: String?, _ line: Data) throws -> String? {
        guard let link, WebLink.isOne(link), var request = try? Wire.Record(line: Array(line)),
            try request.ref?.utf8.elementsEqual(link.utf8) == false
        else { return nil }
        request["ref"] = .string(link)
        try execute("UPDATE follow SET line = ? WHERE id = ?", [Data(request.line), id])
        return "it has moved to \(WebLink.shown(link)), and is followed there"
    }

    /// Whether there is something to go to the trash now.
    package func hasDepartures() throws -> Bool { try row("\(Departure.query) LIMIT 1", []) != nil }

    /// Books that what left a followed list has gone to the trash, or with `refusal` why not: it is tried again when the
    /// list was read the next time. True if that is news.
    package func settled(_ departure: Departure, refusal: String?) throws -> Bool {
        let before: String? = try row("SELECT message FROM follow WHERE id = ?", [storable(departure.list)])?["message"]
        try execute(
            """
            UPDATE follow SET phase = 'resting', leaving = iif(?1 IS NULL, '[]', leaving), message = ?1
            WHERE id = ?2 AND phase = 'settling'
            """, [storable(refusal), storable(departure.list)])
        return refusal != nil && refusal != before
    }

    /// The ids of a list's tracks, in their order, each once.
    private func members(of list: String) throws -> [String] {
        let statement = try database.cachedStatement(
            sql: """
                SELECT member.id FROM membership JOIN item AS member ON member.number = membership.item
                WHERE collection = (SELECT number FROM item WHERE id = ?) GROUP BY membership.item ORDER BY min(seq)
                """)
        return try String.fetchAll(statement, arguments: [storable(list)])
    }

    private func all(_ sql: String, _ arguments: [(any DatabaseValueConvertible)?]) throws -> [Row] {
        let statement = try database.cachedStatement(sql: sql)
        return try Row.fetchAll(statement, arguments: StatementArguments(arguments))
    }

    private static func text(_ ids: [String]) -> String { String(decoding: JSON.strings(ids).text, as: UTF8.self) }
}
