import Glibc

/// A time as RFC 3339 text in UTC, to the millisecond, so that texts sort by time.
func timestamp(_ moment: timespec = now()) -> String {
    var seconds = moment.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ number: some BinaryInteger, _ digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
    }
    let day = "\(padded(parts.tm_year + 1900, 4))-\(padded(parts.tm_mon + 1, 2))-\(padded(parts.tm_mday, 2))"
    let time = "\(padded(parts.tm_hour, 2)):\(padded(parts.tm_min, 2)):\(padded(parts.tm_sec, 2))"
    return "\(day)T\(time).\(padded(moment.tv_nsec / 1_000_000, 3))Z"
}

private func now() -> timespec {
    var moment = timespec()
    clock_gettime(CLOCK_REALTIME, &moment)
    return moment
}
