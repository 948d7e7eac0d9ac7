import Wire

/// How many bytes were asked for from a host, or from all hosts together, and how many of them its limit has allowed so
/// far; time is passed in, in seconds of the clock since boot.
///
/// It counts bytes and not the time that they take, so that another limit holds at once for those that wait. They wait
/// before their bytes come: however many begin at once, no more come than the limit allows.
struct ByteBudget: Equatable {
    /// With those that were given back, which count as allowed once more.
    private(set) var asked = 0.0
    private(set) var allowed = 0.0
    private var at = 0.0

    /// Seconds of which the bytes may be made up for later, such as those between two small files.
    private static let credit = 0.25

    /// Asks for bytes; returns the mark that the allowed ones have to reach. `rate` is in bytes a second.
    mutating func ask(for bytes: Int, rate: Int, now: Double) -> Double {
        allow(rate, now)
        asked += Double(bytes)
        return asked
    }

    /// Seconds until so many bytes are allowed at `rate` bytes a second.
    mutating func left(until mark: Double, rate: Int, now: Double) -> Double {
        allow(rate, now)
        return max(0, (mark - allowed) / Double(rate))
    }

    /// Leaves to others what was asked for and did not come.
    mutating func giveBack(_ bytes: Int, rate: Int, now: Double) {
        allow(rate, now)
        allowed += Double(bytes)
    }

    private mutating func allow(_ rate: Int, _ now: Double) {
        let rate = Double(rate)
        allowed = min(asked + rate * Self.credit, allowed + rate * max(0, now - at))
        // Who looked at the clock first may be last here: no moment counts twice.
        at = max(at, now)
    }
}

extension ByteBudget {
    /// Reads its file; one that holds none, or that of another boot, counts as new.
    init(text: [UInt8], boot: String) {
        guard let object = (try? JSON(parsing: text))?.object, object["boot"]?.string == boot else { return }
        (asked, allowed) = (object["come"]?.number ?? 0, object["allowed"]?.number ?? 0)
        at = object["at"]?.number ?? 0
    }

    func text(boot: String) -> [UInt8] {
        var object = JSONObject()
        (object["come"], object["allowed"], object["at"]) = (.number(asked), .number(allowed), .number(at))
        object["boot"] = .string(boot)
        return Array(object.value.text) + [10]
    }
}
