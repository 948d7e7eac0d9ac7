import Display
import Files
import Wire

/// Takes the stages' answers one by one, and keeps the totals.
struct Forecast {
    private(set) var tracks = 0
    private(set) var bytes = 0
    private(set) var unknownBytes = 0
    private(set) var again = 0
    private(set) var skipped = 0
    private(set) var failed = 0
    private(set) var collisions = 0
    private(set) var taken = 0

    private var names = Names()
    /// Hashes of the ids seen so far.
    private var met: Set<Int> = []

    mutating func add(_ line: LineReader.Line) -> Prospect? {
        guard case .text(let text) = line else { return nil }
        guard text.contains(where: { $0 > 32 }) else { return nil }
        do throws(Rejection) {
            return add(Prospect(try Record(line: text)))
        } catch {
            return add(
                Prospect(
                    id: error.id ?? "?",
                    fate: .fail(stage: "segue", message: error.failure.message, code: error.failure.code.rawValue)))
        }
    }

    /// Whether an answer with this id was taken.
    func knows(_ id: String) -> Bool { met.contains(id.utf8Hash) }

    mutating func add(_ prospect: Prospect) -> Prospect {
        var prospect = prospect
        let isNew = met.insert(prospect.id.utf8Hash).inserted
        switch prospect.fate {
        case .fetch where !isNew:
            again += 1
            prospect.fate = .again
            return prospect
        case .fetch(let path, let media):
            tracks += 1
            bytes += media?.bytes ?? 0
            unknownBytes += media?.bytes == nil ? 1 : 0
            if let path {
                let name = names.claim(path, for: prospect.id)
                (prospect.fate, prospect.owner) = (.fetch(path: name.path, media: media), name.owner)
            }
            collisions += prospect.owner == nil ? 0 : 1
            taken += prospect.isTaken ? 1 : 0
        case .skip: skipped += 1
        case .fail: failed += 1
        case .again, .list: break
        }
        return prospect
    }

    /// The totals, for people.
    var line: String {
        let size = sizeText(bytes) + (unknownBytes > 0 ? " and \(unknownBytes) of unknown size" : "")
        let rest = [
            (again, "there twice"), (skipped, "skipped"), (failed, "failed"), (collisions, "with the name of another"),
            (taken, "with the name of a file that is there")
        ]
        let parts = rest.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return (["\(tracks) to fetch, \(size)"] + parts).joined(separator: "; ")
    }

    var json: JSON {
        var object = JSONObject()
        object["plan"] = .string("sum")
        object["tracks"] = .integer(tracks)
        object["bytes"] = .integer(bytes)
        object["unknown_bytes"] = .integer(unknownBytes)
        object["again"] = .integer(again)
        object["skipped"] = .integer(skipped)
        object["failed"] = .integer(failed)
        object["collisions"] = .integer(collisions)
        object["taken"] = .integer(taken)
        return object.value
    }
}
