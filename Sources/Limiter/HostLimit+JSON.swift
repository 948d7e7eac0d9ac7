import Wire

extension HostLimit {
    /// With its host, as in `{"host":"api.example.org","parallel":2}`; what is not limited is absent.
    package var json: JSON {
        var object = JSONObject()
        object["host"] = .string(host)
        write(into: &object)
        return object.value
    }

    func write(into object: inout JSONObject) {
        object["parallel"] = parallel.map(JSON.integer)
        object["rate"] = rate.flatMap { $0.isFinite ? JSON.number($0) : nil }
        object["bytes"] = bytes.map(JSON.integer)
        object["segments"] = segments.map(JSON.integer)
    }

    /// Reads what ``write(into:)`` wrote; a number that is not above 0 is no limit.
    init(host: String, _ object: JSONObject?) {
        func count(_ name: String) -> Int? { object?[name]?.integer.flatMap { $0 > 0 ? $0 : nil } }
        self.init(
            host: host, parallel: count("parallel"), rate: object?["rate"]?.number.flatMap { $0 > 0 ? $0 : nil },
            bytes: count("bytes"), segments: count("segments"))
    }
}

extension LimitPeriod {
    /// As in `{"time":"23:00-07:00","limits":[{"host":"+"}]}`.
    package var json: JSONObject {
        var object = JSONObject()
        object["time"] = .string("\(Self.clock(start))-\(Self.clock(end))")
        object["limits"] = .array(limits.map(\.json))
        return object
    }

    /// Reads what ``json`` says; nil for anything else.
    package init?(_ json: JSON) {
        guard let object = json.object, let time = object["time"]?.string.flatMap(ClockPeriod.init) else { return nil }
        let limits = object["limits"]?.elements.compactMap(\.object) ?? []
        self.init(
            start: time.start, end: time.end,
            limits: limits.compactMap { limit in limit["host"]?.string.map { HostLimit(host: $0, limit) } })
    }

    private static func clock(_ minutes: Int) -> String {
        [minutes / 60, minutes % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }.joined(separator: ":")
    }
}
