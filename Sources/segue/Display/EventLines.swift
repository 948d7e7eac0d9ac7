import Glibc
import Ledger
import Limiter
import Wire

/// What a driver does, on stdout: one JSON object a line, with a number and a type.
final class EventLines {
    let outlet = Outlet()
    private var number = 0

    func put(_ type: String, id: String? = nil, _ fill: (inout JSONObject) -> Void = { _ in }) {
        number += 1
        var event = JSONObject()
        event["seq"] = .integer(number)
        event["type"] = .string(type)
        event["id"] = id.map(JSON.string)
        fill(&event)
        outlet.add(line: Array(event.value.text))
    }

    func started(_ job: Job, stage: String) { put("started", id: job.id) { $0["stage"] = .string(stage) } }

    /// How far records are of which word came since a moment.
    func progress(_ crews: [Crew], since moment: Int64) {
        guard !outlet.isBehind else { return }
        for crew in crews {
            for flight in crew.replicas.flatMap(\.inHand.values) where flight.progressAt ?? .min > moment {
                put("progress", id: flight.job.id) { event in
                    event["stage"] = .string(crew.plan.name)
                    event["bytes"] = .integer(flight.bytes)
                    event["total"] = flight.total.map(JSON.integer)
                }
            }
        }
    }

    func throttled(_ pause: Limiter.Pause) {
        put("throttled") { event in
            event["host"] = .string(pause.host)
            event["until"] = .string(timeText(milliseconds: Int64(pause.until * 1000)))
        }
    }

    /// An item at its end, or one that waits for another try.
    func booked(_ record: Record, _ answer: Answer, _ fate: Fate) {
        switch fate {
        case .ended(let state):
            let type = state == .done ? "completed" : state.rawValue
            put(type, id: record.id) { Self.describe(record, answer, in: &$0) }
        case .waits(let until):
            put("waiting", id: record.id) { event in
                event["until"] = .string(timeText(milliseconds: until))
                Self.describe(record, answer, in: &event)
            }
        default: break
        }
    }

    private static func describe(_ record: Record, _ answer: Answer, in event: inout JSONObject) {
        let track = (try? (record.carried ?? record).track) ?? nil
        event["title"] = track?.title.map(JSON.string)
        event["artist"] = track?.artist.map(JSON.string)
        event["path"] = ((try? record.placed) ?? nil).map { .string($0.path) }
        if record.kind == "error" {
            for name in ["stage", "class", "code", "message"] { event[name] = record[name] }
        } else if case .failed(let failure) = answer {
            event["class"] = .string(failure.class.rawValue)
            event["code"] = .string(failure.code.rawValue)
            event["message"] = .string(failure.message)
        }
    }

    func statistics(_ overview: Overview) {
        put("stats") { event in
            let ended = overview.ended
            event["done"] = .integer(ended.done + ended.collections)
            event["skipped"] = .integer(ended.skipped)
            event["failed"] = .integer(ended.failed)
            for state in [State.ready, .running, .waiting, .paused, .open] {
                event[state.rawValue] = .integer(overview.left[state, default: 0])
            }
            event["bytes_per_second"] = overview.bytesPerSecond.map { .integer(Int($0)) }
            event["seconds_left"] = overview.secondsLeft.map { .integer(Int($0)) }
        }
    }
}
