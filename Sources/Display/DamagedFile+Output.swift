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

    func write(into event: inout JSONObject) {
        event["at"] = .string(timeText(milliseconds: at))
        event["path"] = .string(path)
        event["finding"] = .string(finding)
        event["queued"] = .boolean(isQueued)
    }
}
