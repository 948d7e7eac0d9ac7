import Glibc

/// An amount as people write it: a number and a unit.
protocol Quantity {
    /// What it looks like, for messages.
    static var form: String { get }
    init?(_ text: String)
}

/// A time span: `500ms`, `30s`, `15m`, `2h`, `1d`, or a bare number of seconds.
struct Duration: Quantity, Equatable {
    static let form = "a time such as 30s, 15m or 2h"
    let seconds: Double

    init?(_ text: String) {
        let units: [String: Double] = ["": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let seconds = amount(text, units), seconds <= 366 * 86_400 else { return nil }
        self.seconds = seconds
    }
}

/// A number of bytes: `500MB`, `20GB`, `4GiB`, or a bare number.
struct ByteCount: Quantity, Equatable {
    static let form = "a size such as 500MB or 20GB"
    let bytes: Int

    init?(_ text: String) {
        var units: [String: Double] = ["": 1, "B": 1]
        for (power, letter) in ["K", "M", "G", "T"].enumerated() {
            let factor = Double(power + 1)
            units[letter + "B"] = pow(1000, factor)
            units[letter + "iB"] = pow(1024, factor)
        }
        guard let bytes = amount(text, units), bytes >= 1, bytes < 9e18 else { return nil }
        self.bytes = Int(bytes)
    }
}

/// How often: `8/s`, `30/m`, `100/h`, or a bare number a second.
struct Rate: Quantity, Equatable {
    static let form = "a rate such as 8/s or 30/m"
    let perSecond: Double

    init?(_ text: String) {
        guard let rate = amount(text, ["": 1, "/s": 1, "/m": 1 / 60, "/h": 1 / 3600]), rate > 0 else { return nil }
        perSecond = rate
    }
}

/// The number in front times the unit behind it.
private func amount(_ text: String, _ units: [String: Double]) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = String(text.dropFirst(digits.count).drop { $0 == " " })
    guard let number = Double(digits), let factor = units[unit], number.isFinite else { return nil }
    return number * factor
}
