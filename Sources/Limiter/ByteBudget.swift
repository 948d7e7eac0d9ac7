import Wire

/// How many bytes came from a host, or from all hosts together, and how many of them its limit has allowed so far; time
/// is passed in, in seconds of the clock since boot.
///
/// It counts bytes and not the time that they take, so that another limit holds at once for those that wait.
struct ByteBudget: Equatable {
    private(set) var come = 0.0
    private(set) var allowed = 0.0
    private var at = 0.0

    /// Seconds of which the bytes may be made up for later, such as those between two small files.
    private static let credit = 0.5

    /// Counts bytes; returns the mark that the allowed ones have to reach. `rate` is in bytes a second.
    mutating func take(_ bytes: Int, rate: Int, now: Double) -> Double {
        allow(rate, now)
        come += Double(bytes)
        return come
    }

    /// Seconds until so many bytes are allowed at `rate` bytes a second.
    mutating func left(until mark: Double, rate: Int, now: Double) -> Double {
        allow(rate, now)
        return max(0, (mark - allowed) / Double(rate))
    }

    private mutating func allow(_ rate: Int, _ now: Double) {
        let rate = Double(rate)
        allowed = min(come + rate * Self.credit, allowed + rate * max(0, now - at))
        at = now
    }
}

extension ByteBudget {
    /// Reads its file; one that holds none, or that of another boot, counts as new.
    init(text: [UInt8], boot: String) {
        guard let object = (try? JSON(parsing: text))?.object, object["boot"]?.string == boot else { return }
        (come, allowed) = (object["come"]?.number ?? 0, object["allowed"]?.number ?? 0)
        at = object["at"]?.number ?? 0
    }

    func text(boot: String) -> [UInt8] {
        var object = JSONObject()
        (object["come"], object["allowed"], object["at"]) = (.number(come), .number(allowed), .number(at))
        object["boot"] = .string(boot)
        return Array(object.value.text) + [10]
    }
}
