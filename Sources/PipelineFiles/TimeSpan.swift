/// A time such as `500ms`, `30s`, `15m`, `2h` or `1d`, or a bare number of seconds; at most a year.
package struct TimeSpan: Quantity, Equatable {
    package static let form = "a time such as 30s, 15m or 2h"
    package let seconds: Double

    private static let units: [String: Double] = ["": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400]
    private static let year = 366.0 * 86_400

    package init?(_ text: String) {
        guard let seconds = amount(text, Self.units), seconds <= Self.year else { return nil }
        self.seconds = seconds
    }
}
