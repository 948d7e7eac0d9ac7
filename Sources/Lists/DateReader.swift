import Wire

/// Reads a list's dates, and counts those that are unreadable or ambiguous.
struct DateReader {
    private var count = 0
    private var first = ""

    mutating func read(_ text: String) -> WrittenDate? {
        guard let text = text.known else { return nil }
        if let date = WrittenDate(text) { return date }
        if count == 0 { first = String(text.prefix(40)) }
        count += 1
        return nil
    }

    /// What was left out, for people, in order.
    var remarks: [String] {
        let dates = count == 1 ? "1 date that cannot be read is" : "\(count) dates that cannot be read are"
        return count > 0 ? ["\(dates) left out: \(first)" + (count > 1 ? " and so on" : "")] : []
    }
}
