import Catalogue
import Display
import Ledger
import PipelineFiles
import Processes
import Wire

/// One run of sync: what was in the lists before, what is in them now, and what follows from that.
struct SyncSession {
    let pipeline: Pipeline
    let stages: [FoundStage]
    /// The library's absolute path.
    let library: String
    let requests: [ItemRequest]
    let output: OutputOption
    let mirrors: Bool
    /// How many tracks may go to the trash, if the user said so.
    let limit: Int?

    var lists: [String] { requests.filter(\.isCollection).map(\.record.id) }

    func run() throws(Failure) -> Int32 {
        let before = try members()
        let plan = pipeline.plan(of: stages)
        guard try bringBack() else { return ExitStatus.later.rawValue }
        if mirrors { try bookDepartures(of: before) }
        let monitor = Monitor(stages: plan.stages.map(\.name), isQuiet: output.json, json: false)
        defer { monitor.leave() }
        var status = try work(off: plan, adding: requests, monitor)
        let missing = try missing()
        if status < ExitStatus.usage.rawValue, !missing.isEmpty {
            status = try work(off: plan, adding: missing, monitor)
        }
        // A run that was cut short does not show what left the lists.
        guard status < ExitStatus.usage.rawValue else { return status }
        let after = try members()
        tell(before: before, after: after)
        return mirrors ? max(status, try throwAway(before: before, after: after)) : status
    }

    /// Shows what a run would do, and changes nothing: only the lists are requested.
    func tell() throws(Failure) -> Int32 {
        let inquiry = try inquire(try pipeline.stage(.rows, in: stages))
        guard inquiry.isWhole else { return ExitStatus.later.rawValue }
        for error in inquiry.errors { complain(error) }
        for track in try returning(inquiry) { put("back", track.id) }
        let before = try members()
        var after = before
        for list in lists { after[list] = inquiry.lists[list]?.members(after: before[list] ?? []) ?? before[list] }
        tell(before: before, after: after)
        let status = inquiry.errors.isEmpty ? 0 : ExitStatus.failed.rawValue
        return mirrors ? max(status, try tellLeaving(inquiry, before: before, after: after)) : status
    }

    private func members() throws(Failure) -> [String: [String]] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        var members: [String: [String]] = [:]
        for list in lists { members[list] = try catalogue.members(of: list) }
        return members
    }

    /// Tracks of the lists that are done in the ledger but not in the library, since somebody removed them.
    private func missing() throws(Failure) -> [ItemRequest] {
        let catalogue = try Catalogue(library: library, readOnly: true)
        let ledger = try Ledger(path: pipeline.ledger)
        var requests: [ItemRequest] = []
        for id in Set(try members().values.joined()) where try catalogue.placed(id: id) == nil {
            guard let item = try ledger.show(id)?.item, [.done, .skipped].contains(item.state),
                try !catalogue.owns(id: id)
            else { continue }
            requests.append(ItemRequest(id: id))
        }
        return requests
    }

    /// What is in one list but not in the other.
    func difference(_ one: [String]?, _ other: [String]?) -> [String] {
        let known = Set(other ?? [])
        return (one ?? []).filter { !known.contains($0) }
    }

    private func tell(before: [String: [String]], after: [String: [String]]) {
        for list in lists {
            let (new, left) = (difference(after[list], before[list]), difference(before[list], after[list]))
            for id in new { put("new", id, list) }
            for id in left { put("left", id, list) }
            complain("\(list): \(new.count) new, \(left.count) left")
        }
    }

    func put(_ word: String, _ id: String, _ list: String? = nil) {
        guard output.json else { return output.put(([word, id] + [list].compactMap(\.self)).joined(separator: "  ")) }
        var object = JSONObject()
        object["sync"] = .string(word)
        object["id"] = .string(id)
        object["list"] = list.map(JSON.string)
        output.put(object.value)
    }
}
