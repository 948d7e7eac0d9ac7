import Ledger
import Wire

extension DamagedFile {
    /// As REST tells it: where, when, what, and what became of its track.
    package var json: JSON {
        var object = JSONObject()
        object["id"] = .string(id)
        write(into: &object)
        object["state"] = (state?.rawValue).map(JSON.string)
        return object.value
    }

    /// For people.
    package var line: String {
        let parts = [clockText(Double(at) / 1000), finding.padded(to: 10), path.harmless, outcome]
        return parts.joined(separator: "  ")
    }

    private var outcome: String {
        guard isQueued else { return "stays as it is" }
        return switch state {
        case .done, .skipped: "fetched again"
        case .failed: "could not be fetched again"
        case .cancelled: "fetching it again was cancelled"
        default: "in the queue again"
        }
    }

    func write(into event: inout JSONObject) {
        event["at"] = .string(timeText(milliseconds: at))
        event["path"] = .string(path)
        event["finding"] = .string(finding)
        event["queued"] = .boolean(isQueued)
    }
}
