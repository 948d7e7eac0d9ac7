import DriverKit
import Files
import Ledger
import Limiter
import Processes
import Server
import Wire

extension API {
    enum Verb: String { case pause, resume, retry, cancel }

    func steer(_ id: String, _ verb: Verb) throws(Failure) -> HTTPResponse {
        guard try reading.show(id) != nil else { throw Self.noItem(id) }
        return Self.count(try change([.item(id)], verb))
    }

    /// The items that the body selects: those it names, those in a state, or all.
    func steer(_ request: HTTPRequest, _ verb: Verb) throws(Failure) -> HTTPResponse {
        Self.count(try change(try selections(in: request, for: verb), verb))
    }

    private func selections(in request: HTTPRequest, for verb: Verb?) throws(Failure) -> [Selection] {
        let body = try Body(request)
        let (ids, name, all) = (try body.strings("ids"), try body.string("state"), try body.boolean("all"))
        guard body.count <= 1, all != false, ids != nil || name != nil || all != nil || body.count == 0 else {
            throw .permanent("bad_parameter", "the body takes one of ids, state, and \"all\": true")
        }
        guard ids?.isEmpty != true else { throw .permanent("bad_parameter", "ids takes a list of ids, one at least") }
        if let ids { return ids.map(Selection.item) }
        if let name {
            guard let state = State(rawValue: name) else {
                throw .permanent(
                    "bad_parameter", "state takes one of \(State.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return [.state(state)]
        }
        // Cancelling everything cannot easily be undone, so it must be asked for.
        if verb == .cancel, all != true {
            throw .permanent("bad_parameter", "cancel takes ids, a state, or \"all\": true")
        }
        return [.all]
    }

    private func change(_ selections: [Selection], _ verb: Verb) throws(Failure) -> Int {
        let (count, swept) = try writing.change(now: millisecondsSince1970(), route: plan.route) { change in
            let count = try selections.reduce(0) { count, selection in
                switch verb {
                case .pause: try count + change.pause(selection)
                case .resume: try count + change.resume(selection)
                case .retry: try count + change.retry(selection)
                case .cancel: try count + change.cancel(selection)
                }
            }
            return (count, change.swept)
        }
        try sweep(swept)
        return count
    }

    private func sweep(_ records: [Wire.Record]) throws(Failure) {
        guard !records.isEmpty else { return }
        try SpoolFolder(path: plan.spool).sweep(records)
    }

    static func count(_ items: Int) -> HTTPResponse { .json(.items(items)) }

    /// Cancels an item that has not ended, and forgets one that has.
    func remove(_ id: String) throws(Failure) -> HTTPResponse {
        guard let item = try reading.show(id)?.item else { throw Self.noItem(id) }
        if item.finished == nil { return Self.count(try change([.item(id)], .cancel)) }
        return try clear([.item(id)])
    }

    func clear(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        try clear(try selections(in: request, for: nil))
    }

    /// Forgets items; the answer also says which stay, and why.
    private func clear(_ selections: [Selection]) throws(Failure) -> HTTPResponse {
        var (count, staying) = (0, Staying())
        for selection in selections {
            let cleared = try writing.clear(selection, route: plan.route, now: millisecondsSince1970())
            try sweep(cleared.swept)
            count += cleared.count
            // When everything is cleared, it goes without saying that failed items stay.
            if selection != .all { staying += try reading.staying(selection) }
        }
        return .json(staying.json(forgotten: count))
    }

    func move(_ id: String, _ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        guard try reading.show(id) != nil else { throw Self.noItem(id) }
        guard let isFirst = try Body(request).boolean("first") else {
            throw .permanent("bad_parameter", "the body needs first, true or false")
        }
        return Self.count(
            try writing.change(now: millisecondsSince1970(), route: plan.route) { try $0.move(id, first: isFirst) })
    }

    func stages() throws(Failure) -> HTTPResponse {
        var object = JSONObject()
        object["stages"] = feed.statistics?["stages"] ?? .array([])
        return .json(object.value)
    }

    func scale(_ name: String, _ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        try check(stage: name)
        guard let replicas = try Body(request).integer("replicas", in: parallelRange) else {
            throw .permanent("bad_parameter", "replicas takes a number from 1 to \(parallelRange.upperBound)")
        }
        try writing.change(now: millisecondsSince1970()) { try $0.scale(stage: name, to: replicas) }
        var object = JSONObject()
        object["name"] = .string(name)
        object["replicas"] = .integer(replicas)
        return .json(object.value)
    }

    /// Restarts a stage.
    func restart(_ name: String) throws(Failure) -> HTTPResponse {
        try check(stage: name)
        try writing.change(now: millisecondsSince1970()) { try $0.restart(stage: name) }
        return Self.count(1)
    }

    private func check(stage name: String) throws(Failure) {
        guard plan.stages.contains(where: { $0.name == name }) else {
            let names = plan.stages.map(\.name).joined(separator: ", ")
            throw .permanent("no_stage", "there is no stage \(name.prefix(80)), only \(names)")
        }
    }

    /// The limits of each host, and which hosts are paused.
    func hosts() throws(Failure) -> HTTPResponse {
        var object = JSONObject()
        object["limits"] = .array(try Hosts.limits(in: plan.hostsFolder).map(\.json))
        object["pauses"] = .array(Hosts.pauses(in: plan.hostsFolder).map(\.json))
        return .json(object.value)
    }

    /// Sets a host's own limits; without a request, removes them.
    func limit(_ host: String, _ request: HTTPRequest?) throws(Failure) -> HTTPResponse {
        var limits = try Hosts.limits(in: plan.hostsFolder).filter { $0.host != host.lowercased() }
        if let request {
            let limit = try Body(request).limit(of: host)
            guard limit != HostLimit(host: limit.host) else {
                throw .permanent(
                    "bad_parameter",
                    "the body needs parallel, from 1 to 1024, rate, requests a second, bytes a second, or segments, from 1 to 16"
                )
            }
            limits.append(limit)
        }
        try Hosts.set(limits, in: plan.hostsFolder)
        return try hosts()
    }

    /// Other limits at other times, and which of them hold now.
    func schedule() throws(Failure) -> HTTPResponse {
        let now = Int(secondsSince1970())
        var object = JSONObject()
        object["periods"] = .array(
            (try reading.schedule() ?? []).map { period in
                var entry = period.json
                entry["in_force"] = .boolean(period.holds(atTime: now))
                return entry.value
            })
        return .json(object.value)
    }

    /// Has the driver keep to other periods, in place of those before.
    func schedule(_ request: HTTPRequest) throws(Failure) -> HTTPResponse {
        guard let bodies = try Body(request).objects("periods") else {
            throw .permanent("bad_parameter", "the body needs periods, a list of times with their limits")
        }
        let periods = try bodies.map { body throws(Failure) in
            guard let time = try body.string("time").flatMap(ClockPeriod.init) else {
                throw Failure.permanent(
                    "bad_parameter", "a period needs time, a time of the day such as 23:00-07:00")
            }
            let limits = try (body.objects("limits") ?? []).map { body throws(Failure) in
                try body.limit(of: body.string("host") ?? "")
            }
            return LimitPeriod(start: time.start, end: time.end, limits: limits)
        }
        try writing.change(now: millisecondsSince1970()) { try $0.set(schedule: periods) }
        return try schedule()
    }
}

extension Body {
    /// The limits of a host that it names; what it does not name is not limited.
    fileprivate func limit(of host: String) throws(Failure) -> HostLimit {
        let limit = HostLimit(
            host: host.lowercased(), parallel: try integer("parallel", in: 1...1024), rate: try number("rate"),
            bytes: try integer("bytes", in: HostLimit.bytesRange),
            segments: try integer("segments", in: HostLimit.segmentsRange))
        guard !host.isEmpty, limit.rate.map({ $0 > 0 }) ?? true else {
            throw .permanent("bad_parameter", "limits need a host, * or +, and a rate above 0")
        }
        guard limit.host != HostLimit.together || limit == HostLimit(host: limit.host, bytes: limit.bytes) else {
            throw .permanent("bad_parameter", "all hosts together have no other limit than bytes")
        }
        return limit
    }
}
