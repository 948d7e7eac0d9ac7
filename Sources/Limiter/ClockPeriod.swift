/// A time of every day such as `23:00-07:00`.
package struct ClockPeriod {
    /// Minutes after midnight.
    package let start: Int
    /// Minutes after midnight, too.
    package let end: Int

    /// Nil for another text, and where it would end as it begins.
    package init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map(Self.minute)
        guard parts.count == 2, let start = parts[0], let end = parts[1], start < Self.day, start != end else {
            return nil
        }
        (self.start, self.end) = (start, end)
    }

    private static let day = 24 * 60

    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { 48...57 ~= $0 } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour * 60 + minute <= day
        else { return nil }
        return hour * 60 + minute
    }
}
