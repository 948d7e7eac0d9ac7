import Foundation
import GRDB
import Wire

@testable import Ledger

extension LedgerWalk {
    /// Compares all that the ledger holds with the model.
    ///
    /// - Throws: ``Difference``, or what the ledger refuses.
    func compare() throws {
        try ledger.read { database in
            try compareItems(database)
            try compareMemberships(database)
            try compareTally(database)
        }
        for list in world.model.items.values where list.state == .open {
            let waitsFor = world.model.memberships.filter { $0.list == list.id && !$0.isTold }
            try expect(!waitsFor.isEmpty, "\(list.id) is open, and waits for nothing")
        }
        for membership in world.model.memberships where membership.isRefused {
            let state = world.model.items[membership.item]?.state
            try expect(state != .done && state != .skipped, "\(membership.list) lacks \(membership.item) for good")
        }
        for membership in world.model.memberships where !membership.isTold {
            let state = world.model.items[membership.item]?.state
            try expect(state?.isFinal == false, "\(membership.list) waits for \(membership.item), which has ended")
        }
    }

    private func compareItems(_ database: Database) throws {
        let sql = """
            SELECT id, state, (SELECT name FROM stage WHERE number = item.stage), claim, outcome, due, held, priority, failures,
                strikes, alone, line, resume IS NOT NULL, members, number = lane, lane
            FROM item
            """
        let rows = try Row.fetchCursor(database.cachedStatement(sql: sql))
        var count = 0
        while let row = try rows.next() {
            count += 1
            let id: String = try row.decode(atIndex: 0)
            guard let item = world.model.items[id] else { throw Difference("\(id) should not be there") }
            let line = try ModelLine(Record(line: Array(row.decode(Data.self, atIndex: 11))))
            let waiting = world.model.memberships.count { $0.list == id && !$0.isTold }
            lanes[id] = try row.decode(atIndex: 15)
            func same<Value: Equatable>(_ name: String, _ ledger: Value, _ model: Value) throws {
                try expect(ledger == model, "\(name) of \(id) is \(ledger), not \(model)")
            }
            try same("state", row.decode(atIndex: 1), item.state.rawValue)
            try same("stage", row.decode(atIndex: 2), route.stops[item.stage].name)
            try same("claim", row.decode(atIndex: 3), item.claim)
            try same("outcome", row.decode(atIndex: 4), item.outcome?.rawValue)
            if item.need == nil { try same("due", row.decode(atIndex: 5), item.pause?.upperBound) }
            try same("need", row.decode(atIndex: 6), item.need)
            try same("priority", row.decode(atIndex: 7), item.isFirst ? 0 : 1)
            try same("failures", row.decode(atIndex: 8), item.failures)
            try same("strikes", row.decode(atIndex: 9), item.strikes)
            try same("alone", row.decode(atIndex: 10), item.isAlone)
            try same("line", line, item.line)
            try same("letter", row.decode(atIndex: 12), item.letter != nil)
            try same("members", row.decode(atIndex: 13) ?? 0, waiting)
            try same("is a list", row.decode(atIndex: 14), item.isList)
        }
        try expect(count == world.model.items.count, "\(count) items, not \(world.model.items.count)")
    }

    private func compareMemberships(_ database: Database) throws {
        let sql = """
            SELECT (SELECT id FROM item WHERE number = collection), seq, (SELECT id FROM item WHERE number = membership.item), told
            FROM membership
            """
        let rows = try Row.fetchAll(database.cachedStatement(sql: sql))
        try expect(rows.count == world.model.memberships.count, "\(rows.count) memberships")
        for row in rows {
            var membership = try ModelMembership(
                list: row.decode(atIndex: 0), seq: row.decode(atIndex: 1), item: row.decode(atIndex: 2))
            membership.isTold = try row.decode(Int.self, atIndex: 3) != 0
            membership.isRefused = try row.decode(Int.self, atIndex: 3) == 2
            try expect(world.model.memberships.contains(membership), "\(membership) should not be there")
        }
    }

    private func compareTally(_ database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "SELECT name, state, outcome, count FROM tally JOIN stage ON number = stage WHERE count <> 0")
        var counted: [String: Int] = [:]
        for item in world.model.items.values {
            counted["\(route.stops[item.stage].name) \(item.state) \(item.outcome?.rawValue ?? "")", default: 0] += 1
        }
        for row in try Row.fetchAll(statement) {
            let (stage, state): (String, String) = try (row.decode(atIndex: 0), row.decode(atIndex: 1))
            let key = try "\(stage) \(state) \(row.decode(String.self, atIndex: 2))"
            let count: Int = try row.decode(atIndex: 3)
            try expect(counted.removeValue(forKey: key) == count, "the tally of \(key) is \(count)")
        }
        try expect(counted.isEmpty, "the tally has no \(counted)")
    }
}
