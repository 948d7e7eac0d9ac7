import Wire

extension TokenBucket {
    /// The state as it stands in a host's file.
    var text: [UInt8] {
        var object = JSONObject()
        object.set("rate", rate.map(JSON.number))
        object["burst"] = .number(burst)
        object["tokens"] = .number(tokens)
        object["at"] = .number(countedAt)
        object["paused_until"] = .number(pausedUntil)
        return Array(object.value.text) + [10]
    }

    /// Reads a host's file; nil when it holds no state, as a new one.
    init?(text: [UInt8]) {
        guard let object = (try? JSON(parsing: text))?.object, let burst = object["burst"]?.number,
            let tokens = object["tokens"]?.number, let countedAt = object["at"]?.number
        else { return nil }
        rate = object["rate"]?.number
        (self.burst, self.tokens, self.countedAt) = (max(1, burst), tokens, countedAt)
        pausedUntil = object["paused_until"]?.number ?? 0
    }
}
