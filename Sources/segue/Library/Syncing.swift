import Catalogue
import Files
import Foundation
import Ledger
import Wire

/// One call of sync: what was in the lists before, what is in them now, and what follows.
struct Syncing {
    let pipeline: Pipeline
    /// Absolute.
    let library: String
    let requests: [Request]
    let output: OutputOption

    private var lists: [String] { requests.filter(\.isCollection).map(\.record.id) }

    func run(mirror: Bool) throws(Failure) -> Int32 {
        let before = try members()
        let plan = try pipeline.plan()
        let monitor = Monitor(plan, isQuiet: output.json, json: false)
        defer { monitor.leave() }
        var status = try Run.work(off: plan, adding: requests, nil, monitor)
        let missing = try missing()
        if status < Status.usage, !missing.isEmpty { status = try Run.work(off: plan, adding: missing, nil, monitor) }
        // What was not seen to its end says nothing of what left.
        guard status < Status.usage else { return status }
        let after = try members()
        for list in lists {
            tell(list, new: difference(after[list], before[list]), left: difference(before[list], after[list]))
        }
        if mirror { try throwAway(Set(before.values.joined()).subtracting(after.values.joined())) }
        return status
    }

    /// The same with nothing done: only the lists are asked for.
    func tell(mirror: Bool) throws(Failure) -> Int32 {
        guard let stage = try pipeline.foundStages().first(where: { $0.description?.name == "resolve" })?.stage.run
        else {
            throw .config("no_sync", "\(pipeline.path) has no resolve stage")
        }
        let command = stage + (stage.contains("--rows") ? [] : ["--rows"])
        let pipe = try PlainPipe(
            [try Executable(command)],
            environment: Environment.forStages(
                hosts: realPath(pipeline.ledger + ".hosts") ?? "", spool: absolute(pipeline.spool)))
        var (now, failed): ([String: [String]], Int32) = ([:], 0)
        let isWhole = try pipe.run(requests.map(\.record), try Signals()) { line in
            guard case .text(let text) = line, let record = try? Record(line: text) else { return }
            if let parent = record.parent {
                now[parent, default: []].append(record.id)
            } else if record.kind == "done" {
                now[record.id, default: []] += []
            } else if record.kind == "error" {
                complain("\(record.id): \(record["message"]?.string ?? "it failed")")
                failed = Status.failed
            }
        }
        guard isWhole else { return Status.later }
        let before = try members()
        for list in lists where now[list] != nil {
            tell(list, new: difference(now[list], before[list]), left: difference(before[list], now[list]))
        }
        if mirror, failed == 0 {
            for id in try unwanted(Set(before.values.joined()).subtracting(now.values.joined()), besides: lists) {
                put("trash", id)
            }
        }
        return failed
    }

    private func members() throws(Failure) -> [String: [String]] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        var members: [String: [String]] = [:]
        for list in lists { members[list] = try catalogue.members(of: list) }
        return members
    }

    /// Tracks of the lists that the ledger takes for done and the library has not: somebody removed them.
    private func missing() throws(Failure) -> [Request] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        let ledger = try Ledger(path: pipeline.ledger)
        var requests: [Request] = []
        for id in Set(try members().values.joined()) where try catalogue.placed(id: id) == nil {
            guard let item = try ledger.show(id)?.item, [.done, .skipped].contains(item.state),
                try !catalogue.owns(id: id)
            else { continue }
            requests.append(try Request(Array(id.utf8), first: false))
        }
        return requests
    }

    /// Those of which the library has a file, and that no list holds any more.
    private func unwanted(_ ids: Set<String>, besides lists: [String]) throws(Failure) -> [String] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        var unwanted: [String] = []
        for id in ids.sorted() where try catalogue.track(id: id) != nil {
            if try !catalogue.isHeld(id, besides: lists) { unwanted.append(id) }
        }
        return unwanted
    }

    private func throwAway(_ ids: Set<String>) throws(Failure) {
        for list in lists where try !isComplete(list) {
            return complain("nothing is thrown away: \(list) told fewer tracks than it announced, or failed")
        }
        let catalogue = try Catalogue(library: library)
        let trash = Trash(library: catalogue.library)
        for id in try unwanted(ids, besides: []) {
            guard let track = try catalogue.track(id: id) else { continue }
            try trash.take(track.path)
            try catalogue.change(now: Date.now.formatted(.iso8601)) { change throws(Failure) in
                try change.remove(track: id)
            }
            put("trash", id)
        }
    }

    private func isComplete(_ list: String) throws(Failure) -> Bool {
        let catalogue = try Catalogue(library: library, readOnly: true)
        guard let known = try catalogue.collection(list), known.finishedAt != nil, let children = known.children else {
            return false
        }
        let state = try Ledger(path: pipeline.ledger).show(list)?.item.state
        return children >= known.total ?? 0 && state == .done
    }

    private func difference(_ one: [String]?, _ other: [String]?) -> [String] {
        let known = Set(other ?? [])
        return (one ?? []).filter { !known.contains($0) }
    }

    private func tell(_ list: String, new: [String], left: [String]) {
        for id in new { put("new", id, list) }
        for id in left { put("left", id, list) }
        complain("\(list): \(new.count) new, \(left.count) left")
    }

    private func put(_ word: String, _ id: String, _ list: String? = nil) {
        guard output.json else { return output.put(([word, id] + [list].compactMap(\.self)).joined(separator: "  ")) }
        var object = JSONObject()
        object["sync"] = .string(word)
        object["id"] = .string(id)
        object["list"] = list.map(JSON.string)
        output.put(object.value)
    }
}
