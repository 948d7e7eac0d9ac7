/// The time of day that follows a date.
struct DayTime {
    /// Seconds from the beginning of that day in UTC; may fall on the day before or after.
    let seconds: Int
    /// What follows the time.
    let rest: String

    /// Splits a lower-case text before its time; nil for a time that no clock shows, and for a zone by itself.
    static func divide(_ text: String) -> (date: String, time: DayTime?) {
        if let found = text.prefixMatch(of: /([0-9]{8})[t ]?([0-9]{2})([0-9]{2})([0-9]{2})?/) {
            return (String(found.1), DayTime(found.2, found.3, found.4, nil, text[found.range.upperBound...]))
        }
        let clock = /[t ]*([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}))?(?:[.,][0-9]+)?(?: ?([ap])\.?m)?/
        guard let found = text.firstMatch(of: clock) else { return (withoutZone(text[...]), nil) }
        let date = text[..<found.range.lowerBound]
        if date.hasSuffix("+") || date.hasSuffix("-") { return (withoutZone(date.dropLast()), nil) }
        return (String(date), DayTime(found.1, found.2, found.3, found.4, text[found.range.upperBound...]))
    }

    private static func withoutZone(_ date: Substring) -> String {
        String(date.hasSuffix("z") && date.dropLast().last?.isNumber == true ? date.dropLast() : date)
    }

    private init?(
        _ hours: Substring, _ minutes: Substring, _ seconds: Substring?, _ half: Substring?, _ rest: Substring
    ) {
        guard var hour = Int(hours), let minute = Int(minutes), minute < 60 else { return nil }
        if let half, hour <= 12 { hour = hour % 12 + (half == "p" ? 12 : 0) }
        guard hour < 24 || hour == 24 && minute == 0 else { return nil }
        // A leap second counts as the second before it.
        let second = min(59, seconds.flatMap { Int($0) } ?? 0)
        self.seconds = (hour * 60 + minute - Self.minutesEast(rest)) * 60 + second
        self.rest = String(rest)
    }

    /// Minutes east of UTC of a zone, by its digits or its name; unknown and ambiguous names count as UTC.
    private static func minutesEast(_ rest: Substring) -> Int {
        if let zone = rest.firstMatch(of: /([+-])([0-9]{1,2}):?([0-9]{2})?/) {
            let minutes = (Int(zone.2) ?? 0) * 60 + (zone.3.flatMap { Int($0) } ?? 0)
            return minutes > 14 * 60 ? 0 : zone.1 == "-" ? -minutes : minutes
        }
        guard let name = rest.firstMatch(of: /[a-z]+/)?.output else { return 0 }
        return (hoursEast[String(name)] ?? 0) * 60
    }

    private static let hoursEast = [
        "hst": -10, "akst": -9, "akdt": -8, "pst": -8, "pdt": -7, "mst": -7, "mdt": -6, "cst": -6, "cdt": -5,
        "est": -5, "edt": -4, "ast": -4, "adt": -3, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2,
        "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13
    ]
}
