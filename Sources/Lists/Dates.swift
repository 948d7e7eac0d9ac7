import Glibc

/// A date as mails and feeds write it, `Wed, 05 Aug 2020 09:00:00 +0200`.
struct MailDate {
    /// In UTC.
    let day: String
    /// Since 1970; nil where no more than the day is told.
    let second: Int?

    /// Nil for what is none.
    init?(_ text: String) {
        guard let (moment, hasClock) = moment(mail: text) else { return nil }
        (day, second) = (formatted(moment), hasClock ? moment : nil)
    }
}

private func moment(mail text: String) -> (moment: time_t, hasClock: Bool)? {
    let words = text.split { $0.isWhitespace || $0 == "," }.drop { $0.first?.isLetter == true }
    guard words.count >= 3, let day = Int(words[words.startIndex]), let year = Int(words[words.startIndex + 2]) else {
        return nil
    }
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    let name = words[words.startIndex + 1].prefix(3).lowercased()
    guard let month = months.firstIndex(of: name), (1...31).contains(day), (0...9999).contains(year) else { return nil }
    let clock = words.dropFirst(3).first.map { $0.split(separator: ":").map { Int($0) ?? 0 } } ?? []
    var parts = tm()
    parts.tm_year = Int32((year < 70 ? year + 2000 : year < 100 ? year + 1900 : year) - 1900)
    (parts.tm_mon, parts.tm_mday) = (Int32(month), Int32(day))
    (parts.tm_hour, parts.tm_min) = (Int32(clock.first ?? 0), Int32(clock.dropFirst().first ?? 0))
    return (timegm(&parts) - minutesEast(words.dropFirst(4).first) * 60, clock.count > 1)
}

/// Of a zone by its digits or its letters; zones of no known name count as UTC.
private func minutesEast(_ zone: Substring?) -> Int {
    guard let zone else { return 0 }
    if let first = zone.first, "+-".contains(first), let number = Int(zone.dropFirst().filter { $0 != ":" }) {
        return (first == "-" ? -1 : 1) * (number / 100 * 60 + number % 100)
    }
    return (["EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7][zone] ?? 0) * 60
}

private func formatted(_ moment: time_t) -> String {
    var (moment, parts) = (moment, tm())
    gmtime_r(&moment, &parts)
    func padded(_ number: Int32, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    return "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
}
