import Foundation
import GRDB
import Wire

/// How a list is followed.
package struct FollowTerms: Equatable, Sendable {
    /// Milliseconds from one time that it is asked for to the next.
    package var every: Int64
    /// Whether tracks that left it, and that no other list has, go to the trash.
    package var mirrors: Bool
    /// How many may go there at once, if the user said so.
    package var mostTrashed: Int?
    /// How many of its newest tracks are wanted; nil for all.
    package var keep: Int?

    /// The least interval, in milliseconds.
    package static let leastInterval = FollowSchedule.least

    package init(every: Int64, mirrors: Bool = false, mostTrashed: Int? = nil, keep: Int? = nil) {
        (self.every, self.mirrors, self.mostTrashed, self.keep) = (every, mirrors, mostTrashed, keep)
    }

    init(_ row: Row) throws {
        try self.init(every: row["every"], mirrors: row["mirrors"], mostTrashed: row["trash"], keep: row["keep"])
    }
}

/// A list that the driver asks for at intervals.
package struct FollowedList: Sendable {
    package enum Phase: String, Sendable {
        /// It waits for its time.
        case resting
        /// It is in the queue, and has not been read to its end.
        case asked
        /// It was read, and what left it has yet to go to the trash.
        case settling
        /// Its server says that it is gone for good.
        case ended
    }

    /// What came of asking for it.
    package enum Outcome: String, Sendable {
        case changed, unchanged, failed, cancelled, gone
    }

    /// The id of its list.
    package let id: String
    /// Its list's request.
    package let request: Wire.Record
    package let terms: FollowTerms
    package let phase: Phase
    package let title: String?
    /// When it is due next, in milliseconds since 1970; nil if it has ended.
    package let due: Int64?
    /// When it was asked for last, in milliseconds since 1970.
    package let tried: Int64?
    /// When it was last read to its end, in milliseconds since 1970.
    package let good: Int64?
    /// When it was last found to have changed, in milliseconds since 1970.
    package let changed: Int64?
    /// How often in a row it failed.
    package let failures: Int
    /// What came of it the last time, and what there is to say about that.
    package let outcome: Outcome?
    package let message: String?
    /// How many tracks were new at its last change.
    package let gained: Int
    /// How many tracks had left at its last change.
    package let lost: Int

    static let columns = """
        follow.id, follow.line, every, mirrors, trash, keep, phase, title, follow.due, tried, good, changed,
        follow.failures, result, message, json_array_length(gained) AS gains, json_array_length(lost) AS losses
        """

    init?(_ row: Row) throws {
        guard let line: Data = try row["line"], let request = try? Wire.Record(line: Array(line)),
            let phase = try Phase(rawValue: row["phase"])
        else { return nil }
        (id, self.request, self.phase, terms) = try (row["id"], request, phase, FollowTerms(row))
        (title, due, tried, good, changed) = try (row["title"], row["due"], row["tried"], row["good"], row["changed"])
        (failures, message, gained, lost) = try (row["failures"], row["message"], row["gains"], row["losses"])
        outcome = try (row["result"] as String?).flatMap(Outcome.init)
    }
}

/// What a driver tells of a followed list that was asked for.
package struct FollowNews: Sendable {
    package let id: String
    package let title: String?
    package var outcome: FollowedList.Outcome
    /// How many tracks are new.
    package var gained = 0
    /// How many tracks have left.
    package var lost = 0
    package var message: String?
}

/// A followed list from which tracks are to go to the trash.
package struct Departure: Sendable {
    package let list: String
    /// The ids of tracks that left it.
    package let leaving: [String]
    /// How many tracks it has.
    package let told: Int
    /// How many tracks it had with those that left.
    package var known: Int { told + leaving.count }
    /// How many tracks may go to the trash at once, if a user said so.
    package let mostTrashed: Int?

    static let query = """
        SELECT follow.id, leaving, json_array_length(known), trash FROM follow
        WHERE phase = 'settling' AND NOT EXISTS (SELECT 1 FROM item WHERE item.id = follow.id AND state <> 'done')
        """
}

extension Ledger {
    /// The followed lists, in the order in which they were added.
    package func follows() throws(Failure) -> [FollowedList] {
        try read { database in
            let sql =
                "SELECT \(FollowedList.columns) FROM follow LEFT JOIN item ON item.id = follow.id ORDER BY follow.rowid"
            return try Row.fetchAll(database, sql: sql).compactMap(FollowedList.init)
        }
    }

    /// One of them, by its list's id; nil if that is not followed.
    package func follow(_ id: String) throws(Failure) -> FollowedList? {
        try read { database in
            let sql =
                "SELECT \(FollowedList.columns) FROM follow LEFT JOIN item ON item.id = follow.id WHERE follow.id = ?"
            return try Row.fetchOne(database, sql: sql, arguments: [id]).flatMap(FollowedList.init)
        }
    }

    /// The tracks that were new at a followed list's last change, and those that had left, by id and title; at most
    /// `limit` of each.
    package func changes(
        ofFollowed id: String, limit: Int
    ) throws(Failure) -> (gained: [(id: String, title: String?)], lost: [(id: String, title: String?)]) {
        try read { database in
            func tracks(_ column: String) throws -> [(id: String, title: String?)] {
                let sql = """
                    SELECT value, title FROM follow, json_each(follow.\(column)) LEFT JOIN item ON item.id = value
                    WHERE follow.id = ? LIMIT ?
                    """
                return try Row.fetchAll(database, sql: sql, arguments: [id, limit]).map { try ($0[0], $0[1]) }
            }
            return (try tracks("gained"), try tracks("lost"))
        }
    }

    /// What is to go to the trash now: all that the lists hold is booked by the last stage.
    package func departures() throws(Failure) -> [Departure] {
        try read { database in
            return try Row.fetchAll(database, sql: Departure.query).map {
                try Departure(list: $0[0], leaving: ids(inArray: $0[1]), told: $0[2], mostTrashed: $0[3])
            }
        }
    }
}

/// The ids in a text that is an array of JSON.
func ids(inArray text: String) -> [String] {
    (try? JSON(parsing: Array(text.utf8)))?.elements.compactMap(\.string) ?? []
}
