/// A rate such as `8/s`, `30/m` or `100/h`, or a bare number per second; at most 100,000 per second.
struct Rate: Quantity, Equatable {
    static let form = "a rate such as 8/s, 30/m or 100/h"
    let perSecond: Double

    private static let units: [String: Double] = ["": 1, "/s": 1, "/m": 1 / 60, "/h": 1 / 3600]
    private static let largest = 100_000.0

    init?(_ text: String) {
        guard let rate = amount(text, Self.units), rate > 0, rate <= Self.largest else { return nil }
        perSecond = rate
    }
}
