import DriverKit
import Ledger
import Limiter
import Processes
import Wire

/// Reports what a driver does, in the shapes of `events.schema.json`.
final class Events {
    private let sink: any EventSink
    /// Records that a stage has, or that are between two stages.
    private var underWay: Set<Key> = []
    /// The names of the stages, in order.
    private let stages: [String]

    init(_ sink: any EventSink, stages: [String]) { (self.sink, self.stages) = (sink, stages) }

    func put(_ type: String, id: String? = nil, _ fill: (inout JSONObject) -> Void = { _ in }) {
        var event = JSONObject()
        event["id"] = id.map(JSON.string)
        fill(&event)
        sink.put(type, event)
    }

    /// A stage has a record: the first stage starts it, each later one is progress.
    func started(_ job: Job, stage: String) {
        guard !job.isTelling else { return }
        var event = Self.event(job.id, stage)
        if let record = job.record { Self.describe(record, in: &event) }
        event["parent"] = job.record?.parent.map(JSON.string)
        if underWay.insert(Key(job.id)).inserted {
            sink.begin(job.id, event)
        } else {
            sink.put(progress: event, of: job.id)
        }
    }

    private static func event(_ id: String, _ stage: String) -> JSONObject {
        var event = JSONObject()
        event["id"] = .string(id)
        event["stage"] = .string(stage)
        return event
    }

    /// Reports the progress of records that have reported any since a moment.
    func progress(_ replicas: [Glance.Busy], since moment: Int64) {
        guard !sink.isBehind else { return }
        for replica in replicas {
            for flight in replica.flights where flight.progressAt ?? .min > moment {
                var event = Self.event(flight.job.id, replica.name)
                Self.describe(flight.record, in: &event)
                event["parent"] = flight.record.parent.map(JSON.string)
                event["bytes"] = .integer(flight.bytes)
                event["total"] = flight.total.map(JSON.integer)
                event["bytes_per_second"] = flight.pace.perSecond.map { .integer(Int($0)) }
                event["seconds_left"] = flight.secondsLeft.map(JSON.integer)
                sink.put(progress: event, of: flight.job.id)
            }
        }
    }

    func throttled(_ pause: Limiter.Pause) {
        put("throttled") { event in
            event["host"] = .string(pause.host)
            event["until"] = .string(timeText(milliseconds: Int64(pause.until * 1000)))
        }
    }

    /// Reports an item that ended (a collection with the states of its members), waits, or moved on.
    func booked(_ record: Record, _ answer: Answer, _ fate: Fate, members: [State: Int]? = nil) {
        switch fate {
        case .ended(let state):
            end(record.id)
            put(state == .done ? "completed" : state.rawValue, id: record.id) { event in
                event["parent"] = record.parent.map(JSON.string)
                event["members"] = members?.json
                Self.describe(record, answer, in: &event)
            }
        case .waits(let until):
            end(record.id)
            put("waiting", id: record.id) { event in
                event["until"] = .string(timeText(milliseconds: until))
                Self.describe(record, answer, in: &event)
            }
        case .joined(let id): put("added", id: id) { $0["parent"] = record.parent.map(JSON.string) }
        case .open, .returned: end(record.id)
        case .moved(let stage): wait(record, for: stages[stage])
        case .void: break
        }
    }

    private func wait(_ record: Record, for stage: String) {
        guard underWay.contains(Key(record.id)) else { return }
        var event = Self.event(record.id, stage)
        Self.describe(record, in: &event)
        event["parent"] = record.parent.map(JSON.string)
        event["ready"] = .boolean(true)
        sink.put(progress: event, of: record.id)
    }

    func end(_ id: String) {
        if underWay.remove(Key(id)) != nil { sink.put(progress: nil, of: id) }
    }

    /// Reports a user's command, given here or in another process; `cancelled` are the items it ended, if they are few.
    func commanded(_ command: Command, cancelled: [String]) {
        let type =
            switch command.verb {
            case .again: "added"
            case .retried: "resumed"
            default: command.verb.rawValue
            }
        for id in cancelled where id != command.item { put("cancelled", id: id) }
        put(type, id: command.item) { event in
            if command.items != 1 || command.item == nil { event["items"] = .integer(command.items) }
            if [.again, .retried].contains(command.verb) { event["again"] = .boolean(true) }
        }
    }

    private static func describe(_ record: Record, in event: inout JSONObject) {
        let inner = record.carried ?? record
        let track = inner["track"]?.object
        event["title"] = (track?["title"] ?? inner["collection"]?.object?["title"]).flatMap(text)
        event["artist"] = track?["artist"].flatMap(text)
    }

    /// The value unchanged, if it is a string.
    private static func text(_ value: JSON) -> JSON? { value.text.first == UInt8(ascii: "\"") ? value : nil }

    private static func describe(_ record: Record, _ answer: Answer, in event: inout JSONObject) {
        describe(record, in: &event)
        event["path"] = ((try? record.placed) ?? nil).map { .string($0.path) }
        if record.kind == "error" {
            for name in ["stage", "class", "code", "message", "host"] { event[name] = record[name] }
        } else if let failure = answer.failure {
            event["class"] = .string(failure.class.rawValue)
            event["code"] = .string(failure.code.rawValue)
            event["message"] = .string(failure.message)
            event["host"] = failure.host.map(JSON.string)
        }
    }

    func statistics(_ overview: Overview) { sink.put(statistics: overview.json) }
}

extension Overview {
    package var json: JSONObject {
        var event = JSONObject()
        event.set(all)
        event["bytes"] = .integer(bytes)
        event["bytes_per_second"] = bytesPerSecond.map { .integer(Int($0)) }
        event["seconds_left"] = secondsLeft.map { .integer(Int($0)) }
        event["all_paused"] = .boolean(isPaused)
        event["stopping"] = isStopping ? .boolean(true) : nil
        event["spool_full"] = isSpoolFull ? .boolean(true) : nil
        event["pauses"] = .array(pauses.map(\.json))
        event["stages"] = .array(stages.map(\.json))
        return event
    }
}

extension JSONObject {
    /// Sets how many items are in each state, and the success rate: `done` out of `done` and `failed`.
    package mutating func set(_ sums: [State: Int]) {
        for state in State.allCases { self[state.rawValue] = .integer(sums[state, default: 0]) }
        let (done, failed) = (sums[.done, default: 0], sums[.failed, default: 0])
        self["success_rate"] = done + failed > 0 ? .number(Double(done) / Double(done + failed)) : nil
    }
}

extension Answer {
    /// What went wrong, if anything did.
    package var failure: Failure? {
        switch self {
        case .failed(let failure), .held(let failure, _, _): failure
        case .final, .member, .lost, .returned: nil
        }
    }
}
