import Glibc

/// Reads a date that people or programs write into the form of a record, `2026`, `2026-06` or `2026-06-01`; nil for a
/// text that is not a date, or may be either of two.
///
/// A date with a time becomes the day in UTC.
package func releaseDate(_ text: String) -> String? { WrittenDate(text)?.text }

/// Whether the text is a day of the calendar in the form `YYYY-MM-DD`.
package func isDay(_ text: String) -> Bool { text.utf8.count == 10 && releaseDate(text) == text }

/// A date, with the moment where more than the day is given; month and day are 0 when unknown.
package struct WrittenDate: Sendable {
    private var year: Int
    private var month: Int
    private var day: Int
    /// Seconds since 1970; nil where only the date is given.
    package private(set) var moment: Int?

    /// Nil for a day that no calendar has.
    private init?(_ year: Int, _ month: Int, _ day: Int) {
        (self.year, self.month, self.day) = (year, month, day)
        if day == 0, (0...12).contains(month), (1...9999).contains(year) { return }
        let real = moved(seconds: 0)
        guard (1...9999).contains(year), (real.month, real.day) == (month, day) else { return nil }
    }

    /// See ``releaseDate(_:)``.
    package init?(_ text: String) {
        // Most dates are written like this, and there may be many.
        let digits = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        if digits.map(\.count) == [4, 2, 2], let numbers = Self.numbers(digits) {
            self.init(numbers[0], numbers[1], numbers[2])
            return
        }
        let words = text.lowercased().split { $0.isWhitespace || $0 == "," }.joined(separator: " ")
        let (front, time) = DayTime.divide(words)
        let known = Self(numbers: front) ?? Self(names: front, time?.rest ?? "")
        guard let date = known ?? Self(beginning: front) else { return nil }
        self = date
        if let time, day > 0 { self = date.moved(seconds: time.seconds) }
    }

    /// The numbers in order; nil when one has anything but digits.
    private static func numbers(_ digits: [Substring.UTF8View]) -> [Int]? {
        guard digits.allSatisfy({ $0.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        return digits.compactMap { Int(Substring($0)) }
    }

    package var text: String {
        func padded(_ number: Int, _ digits: Int) -> String {
            String(repeating: "0", count: max(0, digits - "\(number)".count)) + "\(number)"
        }
        return padded(year, 4) + [month, day].filter { $0 > 0 }.map { "-" + padded($0, 2) }.joined()
    }

    /// The day and the moment that many seconds after this day begins.
    private func moved(seconds: Int) -> WrittenDate {
        var (parts, moved) = (tm(), self)
        (parts.tm_year, parts.tm_mon) = (Int32(clamping: year - 1900), Int32(clamping: month - 1))
        (parts.tm_mday, parts.tm_sec) = (Int32(clamping: day), Int32(seconds))
        var moment = timegm(&parts)
        gmtime_r(&moment, &parts)
        (moved.year, moved.month, moved.day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        moved.moment = moment
        return moved
    }

    /// Reads `2026-06-01`, `20260601`, `01.06.2026`; `13/06/2026` has one reading, `01/02/2026` has two and is refused.
    private init?(numbers text: String) {
        if let compact = text.wholeMatch(of: /([0-9]{4})([0-9]{2})([0-9]{2})/) {
            self.init(Int(compact.1) ?? 0, Int(compact.2) ?? 0, Int(compact.3) ?? 0)
            return
        }
        let parts = text.split { "-/. 年月日년월일".contains($0) }
        let numbers = parts.compactMap { $0.utf8.count <= 4 ? Int($0) : nil }
        guard let first = parts.first, let last = parts.last, numbers.count == parts.count, parts.count <= 3,
            parts.count(where: { $0.utf8.count > 2 }) == 1
        else { return nil }
        if first.utf8.count == 4 {
            self.init(numbers[0], numbers.dropFirst().first ?? 0, numbers.dropFirst(2).first ?? 0)
        } else if last.utf8.count == 4, numbers.count == 2 {
            self.init(numbers[1], numbers[0], 0)
        } else if last.utf8.count == 4 {
            let isDayFirst = text.contains(".") || numbers[0] > 12 || numbers[0] == numbers[1]
            guard isDayFirst || numbers[1] > 12 else { return nil }
            self.init(numbers[2], numbers[isDayFirst ? 1 : 0], numbers[isDayFirst ? 0 : 1])
        } else {
            return nil
        }
    }

    /// Reads a date in numbers that words follow, such as `2026-06-01 at`.
    private init?(beginning text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, !parts[1].contains(where: \.isNumber) else { return nil }
        self.init(numbers: String(parts[0]))
    }

    /// Reads `Mon, 1 Jun 26`, `1. Juni 2026`, `June 1st, 2026`, `June 2026`; the year may be in `rest`, as C's `ctime`
    /// writes it.
    private init?(names text: String, _ rest: String) {
        let runs = text.matches(of: /[0-9]+|\p{L}+/).map(\.output)
        // A leading weekday may have the same name as a month.
        guard let place = runs.lastIndex(where: { monthNumber($0) != nil }), let month = monthNumber(runs[place]),
            let start = runs.firstIndex(where: { Int($0) != nil })
        else { return nil }
        let late = rest.matches(of: /[+-]?[0-9]+/).map(\.output).first {
            $0.utf8.count == 4 && Int($0.prefix(1)) != nil
        }
        let second = runs[(start + 1)...].first { Int($0) != nil } ?? late
        if runs[start].utf8.count == 4 {
            self.init(Int(runs[start]) ?? 0, month, second.flatMap { Int($0) } ?? 0)
        } else if let year = second.flatMap({ Self.year($0, isShort: start < place) }) {
            self.init(year, month, Int(runs[start]) ?? 0)
        } else {
            return nil
        }
    }

    /// The year; one of fewer than four digits, which mail has after day and month, is read as RFC 2822 says.
    private static func year(_ text: Substring, isShort: Bool) -> Int? {
        guard let number = Int(text) else { return nil }
        switch text.utf8.count {
        case 4: return number
        case 3 where isShort: return number + 1900
        case 2 where isShort: return number + (number < 50 ? 2000 : 1900)
        default: return nil
        }
    }
}
