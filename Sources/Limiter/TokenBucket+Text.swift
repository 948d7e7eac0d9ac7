import Wire

extension TokenBucket {
    /// The state as a host's file has it.
    func text(host: String) -> [UInt8] {
        var object = JSONObject()
        // A DNS name has at most 253 bytes.
        object["host"] = .string(String(decoding: host.lowercased().utf8.prefix(300), as: UTF8.self))
        object["tokens"] = .number(tokens)
        object["at"] = .number(countedAt)
        object["paused_until"] = .number(pausedUntil)
        asked?.write(to: &object)
        return Array(object.value.text) + [10]
    }

    /// Reads a host's file; one that holds no state counts as new.
    init(text: [UInt8]) {
        let object = (try? JSON(parsing: text))?.object
        (tokens, countedAt) = (max(0, object?["tokens"]?.number ?? 0), object?["at"]?.number ?? 0)
        pausedUntil = object?["paused_until"]?.number ?? 0
        asked = object.flatMap(AskedPause.init)
    }

    /// The host that a host's file is for.
    static func host(in text: [UInt8]) -> String? { (try? JSON(parsing: text))?.object?["host"]?.string }
}
