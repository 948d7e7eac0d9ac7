import Foundation
import GRDB
import Synchronization
import Wire

@testable import Ledger

/// Random moves of drivers, users and time on a ledger, each held against the model.
final class LedgerWalk {
    private(set) var ledger: Ledger
    var world: LedgerWorld
    let route: Route
    /// What was done, newest last.
    private(set) var moves: [String] = []
    private(set) var count = 0
    private let isTold: Bool
    private let folder: String
    private let library = Library()
    /// The lane of each item, by its id, as of the last comparison.
    var lanes: [String: Int64] = [:]
    private var steps = 0

    /// - Throws: what a ``Ledger`` throws.
    init(folder: String, route stops: [Route.Stop], isTold: Bool) throws {
        (self.folder, self.isTold) = (folder, isTold)
        ledger = try Ledger(path: folder + "/ledger.sqlite", isTemporary: true)
        var route = Route(stops)
        route.find = { [library] record in library.find(record.id) }
        self.route = route
        world = LedgerWorld(route)
        try ledger.change(now: 0) { change in
            for table in ["failure", "alias", "membership", "item", "tally", "command", "setting"] {
                try change.execute("DELETE FROM \(table)", [])
            }
        }
    }

    /// Notes a move, if the walk is told: words cost more than moves.
    func note(_ move: @autoclosure () -> String) {
        count += 1
        if isTold { moves.append(move()) }
    }

    /// Makes one step, drawn from the seed and the step's number alone.
    ///
    /// - Throws: ``Difference``, or what the ledger refuses.
    func step(_ draw: inout Draw) throws {
        steps += 1
        switch draw.number(1...100) {
        case ...70: try transact(&draw)
        case ...84: try command(&draw)
        case ...91: world.changeList(&draw)
        case ...96: pass(time: &draw)
        case ...97: try restart()
        default: lose(&draw)
        }
        try compare()
        if steps % 50 == 0 { try checkKeys() }
    }

    /// Several moves of a driver in one transaction, of which a tenth is undone.
    private func transact(_ draw: inout Draw) throws {
        let isKept = !draw.chance(10)
        let before = isKept ? nil : world
        if isTold { moves.append(isKept ? "transaction" : "transaction that is undone") }
        try change(keeping: isKept) { change in
            let count = draw.number(1...4)
            for _ in 0..<count { try self.move(&draw, in: change) }
        }
        if let before { world = before }
    }

    /// - Throws: what the ledger refuses, and ``Difference``.
    func change<Result>(keeping: Bool = true, _ body: (Change) throws -> Result) throws -> Result {
        let now = world.model.now
        var thrown: Difference?
        do {
            return try ledger.change(now: now, route: route, keeping: keeping) { change in
                do {
                    let result = try body(change)
                    try change.close()
                    world.model.close()
                    return result
                } catch let difference as Difference {
                    thrown = difference
                    throw difference
                }
            }
        } catch { throw thrown ?? error }
    }

    private func pass(time draw: inout Draw) {
        let seconds = draw.one(of: [7, 7, 70, 3500, 86_401, -7, -3500]) ?? 7
        world.model.now += Int64(seconds) * 1000
        note("\(seconds) s pass")
    }

    /// The driver is killed, and another one opens the ledger.
    private func restart() throws {
        note("restart")
        ledger = try Ledger(path: folder + "/ledger.sqlite", isTemporary: true)
        let count = world.model.items.values.count { $0.claim != nil }
        try change { change in
            let recovered = try change.recover()
            try expect(recovered == count, "\(recovered) were recovered of \(count)")
            try change.releaseAll()
        }
        world.model.recover()
        world.dead = Array((world.dead + world.hand).suffix(20))
        (world.hand, world.named) = ([], [:])
    }

    /// Somebody removes a file from the library, or puts it back.
    private func lose(_ draw: inout Draw) {
        guard let id = draw.one(of: LedgerWorld.tracks) else { return }
        if world.model.gone.remove(id) == nil { world.model.gone.insert(id) }
        library.gone.withLock { [gone = world.model.gone] in $0 = gone }
        note("\(id) is \(world.model.gone.contains(id) ? "gone" : "there")")
    }

    private func checkKeys() throws {
        let broken = try ledger.read { try Row.fetchAll($0, sql: "PRAGMA foreign_key_check") }
        try expect(broken.isEmpty, "\(broken.count) foreign keys lead nowhere")
    }

    /// All that is left is done, every list ends, and the ledger can be emptied.
    ///
    /// - Throws: ``Difference``, or what the ledger refuses.
    func finish() throws {
        note("to the end")
        try restart()
        _ = try change { try $0.resume(.all) }
        _ = world.model.resume(.all)
        for _ in 0..<200 where try !ledger.isEverythingAtItsEnd() {
            world.model.now += 40 * 86_400_000
            try change { change in
                _ = try change.wake()
                self.world.model.wake()
                for stage in self.route.stops.indices { try self.claim(stage, 20, idle: 20, in: change) }
            }
            try compare()
            for job in world.hand { try change { try self.answerWell(job, in: $0) } }
            try compare()
        }
        try expect(try ledger.isEverythingAtItsEnd(), "something never ends")
        for list in LedgerWorld.playlists { try clear(.item(list)) }
        try clear(.state(.failed))
        try clear(.all)
        try compare()
        try checkKeys()
        let left = try ledger.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM item") } ?? 0
        try expect(left == 0, "\(left) items cannot be forgotten")
    }
}

/// The files of finished tracks, of which some are gone.
private final class Library: Sendable {
    let gone = Mutex<Set<String>>([])

    func find(_ id: String) -> Whereabouts { gone.withLock { $0.contains(id) } ? .gone : .there(nil) }
}
