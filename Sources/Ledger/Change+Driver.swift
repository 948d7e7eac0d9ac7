import Foundation
import GRDB
import Wire

/// How many items are queued at a stage, in hand there, and waiting to be retried.
package struct Standing: Equatable, Sendable {
    /// Items that may be claimed.
    package var ready = 0
    /// Items in hand.
    package var running = 0
    /// Items whose time has not come.
    package var waiting = 0

    package init(ready: Int = 0, running: Int = 0, waiting: Int = 0) {
        (self.ready, self.running, self.waiting) = (ready, running, waiting)
    }
}

extension Change {
    /// The counts of each stop, in the route's order.
    package func standing() throws -> [Standing] {
        var standing = route.stops.map { _ in Standing() }
        let statement = try database.cachedStatement(
            sql: """
                SELECT stage, state, sum(count) AS count FROM tally WHERE state IN ('ready', 'running', 'waiting')
                GROUP BY stage, state
                """)
        for row in try Row.fetchAll(statement) {
            guard let index = try index(ofStage: row["stage"]) else { continue }
            switch try row["state"] as String {
            case "ready": standing[index].ready = try row["count"]
            case "running": standing[index].running = try row["count"]
            default: standing[index].waiting = try row["count"]
            }
        }
        return standing
    }

    /// Stages that the route lacks but unfinished items are at, with how many items.
    package func stagesOffTheRoad() throws -> [(name: String, count: Int)] {
        try Count.all(in: database).filter { count in
            !count.state.isFinal && !route.stops.contains { $0.name == count.stage }
        }
        .map { ($0.stage, $0.count) }
    }

    /// The records of items that may have spool files: those at this stop or after it, and those that failed. In no order.
    package func unfinished(from stage: Int) throws -> [Wire.Record] {
        let stages = numbers[stage...].map { "\($0)" }.joined(separator: ",")
        let sql = """
            SELECT line FROM item WHERE stage IN (\(stages)) AND finished IS NULL AND members IS NULL
            UNION ALL SELECT resume FROM item WHERE resume IS NOT NULL
            """
        return try Data.fetchAll(database, sql: sql).compactMap { data in
            (try? Record(line: Array(data))).map { $0.carried ?? $0 }
        }
    }
}

extension Ledger {
    /// A number that changes whenever another connection changes the ledger.
    package func version() throws(Failure) -> Int64 {
        try read { try Int64.fetchOne($0.cachedStatement(sql: "PRAGMA data_version")) ?? 0 }
    }

    /// The numbers of the items among `jobs` whose claim is gone, and of those among them that were cancelled.
    package func withdrawn(among jobs: [Job]) throws(Failure) -> (lost: Set<Int64>, cancelled: Set<Int64>) {
        try read { database in
            let statement = try database.cachedStatement(sql: "SELECT claim, state FROM item WHERE number = ?")
            var (lost, cancelled): (Set<Int64>, Set<Int64>) = ([], [])
            for job in jobs {
                let row = try Row.fetchOne(statement, arguments: [job.item])
                guard try row?["claim"] as Int64? != job.claim else { continue }
                lost.insert(job.item)
                if try row?["state"] as String? == State.cancelled.rawValue { cancelled.insert(job.item) }
            }
            return (lost, cancelled)
        }
    }

    /// Whether anything is paused.
    package func holdsBack() throws(Failure) -> Bool {
        try read { database in
            let sql = """
                SELECT 1 FROM setting WHERE name = 'paused'
                UNION ALL SELECT 1 FROM tally WHERE state = 'paused' AND count > 0 LIMIT 1
                """
            return try Row.fetchOne(database, sql: sql) != nil
        }
    }

    /// Whether all items have ended.
    package func isEverythingAtItsEnd() throws(Failure) -> Bool {
        try read { database in
            let states = try String.fetchAll(database, sql: "SELECT state FROM tally WHERE count > 0")
            return states.allSatisfy { State(rawValue: $0)?.isFinal == true }
        }
    }

    /// Whether an unfinished item needs the spooled picture at this path.
    package func needs(artwork: String) throws(Failure) -> Bool {
        try read { database in
            try Row.fetchOne(database, sql: "SELECT 1 FROM item WHERE artwork = ? LIMIT 1", arguments: [artwork]) != nil
        }
    }

    /// Failed items with their last failure, in the order in which they were added.
    package func failures(limit: Int) throws(Failure) -> [Item] {
        try read { database in
            let sql = """
                SELECT \(Item.columns) FROM item INDEXED BY item_state
                WHERE state = 'failed' AND state NOT IN ('ready', 'running') ORDER BY item.number LIMIT ?
                """
            return try Row.fetchAll(database, sql: sql, arguments: [limit]).map { try Item($0, in: database) }
        }
    }
}
