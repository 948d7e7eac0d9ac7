import Wire

extension TokenBucket {
    /// The state as it stands in a host's file.
    var text: [UInt8] {
        var object = JSONObject()
        object.set("rate", rate.map(JSON.number))
        object.set("burst", burst.map(JSON.number))
        object["tokens"] = .number(tokens)
        object["at"] = .number(countedAt)
        object["paused_until"] = .number(pausedUntil)
        return Array(object.value.text) + [10]
    }

    /// Reads a host's file, where a driver may have set no more than a rate; one that holds no state counts as new.
    init(text: [UInt8]) {
        let object = (try? JSON(parsing: text))?.object ?? JSONObject()
        func number(_ name: String) -> Double? { object[name]?.number.flatMap { $0.isFinite ? $0 : nil } }
        (rate, burst) = (number("rate"), number("burst"))
        (tokens, countedAt) = (number("tokens") ?? 0, number("at") ?? 0)
        pausedUntil = number("paused_until") ?? 0
    }
}
