import Glibc
import Limiter

/// A size such as `512 B`, `8.4 MB` or `118 GB`, in powers of 1000.
package func sizeText(_ bytes: Int) -> String {
    var (value, unit) = (Double(bytes), "B")
    for larger in ["kB", "MB", "GB", "TB"] where value >= 999.5 { (value, unit) = (value / 1000, larger) }
    if unit == "B" { return "\(bytes) B" }
    if value >= 99.95 { return "\(Int(value.rounded())) \(unit)" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(unit)"
}

/// A duration such as `0:07`, `12:03`, `2:05:10` or `4 days`.
package func durationText(_ seconds: Double) -> String {
    guard seconds < 360_000 else { return "\(Int(min(seconds / 86_400, 1e6))) days" }
    let seconds = Int(max(0, seconds.rounded()))
    let (minutes, rest) = (seconds / 60, twoDigits(seconds % 60))
    return minutes < 60 ? "\(minutes):\(rest)" : "\(minutes / 60):\(twoDigits(minutes % 60)):\(rest)"
}

/// A moment in UTC, in ISO 8601 format; milliseconds are since 1970.
func timeText(milliseconds: Int64) -> String {
    var (moment, parts) = (time_t(milliseconds / 1000), tm())
    gmtime_r(&moment, &parts)
    let day = [1900 + parts.tm_year, parts.tm_mon + 1, parts.tm_mday].map(twoDigits).joined(separator: "-")
    return day + "T" + [parts.tm_hour, parts.tm_min, parts.tm_sec].map(twoDigits).joined(separator: ":") + "Z"
}

/// The local time of a moment in seconds since 1970: `16:46:18` today, `2026-11-30 16:46` on any other day.
package func clockText(_ seconds: Double, now: Double = secondsSince1970()) -> String {
    let (time, today) = (localTime(seconds), localTime(now))
    let clock = [time.tm_hour, time.tm_min, time.tm_sec].map(twoDigits)
    if (time.tm_year, time.tm_yday) == (today.tm_year, today.tm_yday) { return clock.joined(separator: ":") }
    let day = [1900 + time.tm_year, time.tm_mon + 1, time.tm_mday].map(twoDigits)
    return day.joined(separator: "-") + " " + clock.prefix(2).joined(separator: ":")
}

private func localTime(_ seconds: Double) -> tm {
    var (moment, parts) = (time_t(max(-1e15, min(seconds, 1e15))), tm())
    localtime_r(&moment, &parts)
    return parts
}

private func twoDigits(_ number: some BinaryInteger) -> String { number < 10 ? "0\(number)" : "\(number)" }
