import Glibc
import Wire

/// What a notice says.
struct NoticeContent {
    let id: String
    let event: String
    /// One line.
    let title: String
    let text: String
    /// Seconds since 1970.
    let at: Int
    let count: Int
    /// All of it, as it came.
    let section: JSON

    /// - Throws: `bad_record` or `bad_id` (`permanent`).
    init(_ record: Record) throws(Failure) {
        guard let section = try record.section("notice"), let json = record["notice"] else {
            throw .permanent("bad_record", "it has no notice")
        }
        // It goes into header fields.
        guard record.id.utf8.allSatisfy({ (0x21...0x7e).contains($0) }), record.id.utf8.count <= 200 else {
            throw .permanent("bad_id", "the id of a notice is of visible ASCII")
        }
        (id, self.section) = (record.id, json)
        event = try section.string("event") ?? ""
        title = Self.line(try section.string("title") ?? event)
        text = try section.string("text") ?? title
        at = (try section.integer("at") ?? Int(millisecondsSince1970())) / 1000
        count = try section.integer("count") ?? 1
    }

    /// Whether there may be new music.
    var isOfMusic: Bool { event == "finished" }

    /// When it happened, by RFC 3339.
    var timestamp: String {
        let time = parts
        return "\(time.tm_year + 1900)-\(two(time.tm_mon + 1))-\(two(time.tm_mday))T\(clock(time))Z"
    }

    /// When it happened, as a mail has it.
    var mailDate: String {
        let time = parts
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(days[Int(time.tm_wday)]), \(time.tm_mday) \(months[Int(time.tm_mon)])"
        return "\(day) \(time.tm_year + 1900) \(clock(time)) +0000"
    }

    private var parts: tm {
        var (seconds, parts) = (time_t(at), tm())
        gmtime_r(&seconds, &parts)
        return parts
    }

    private func clock(_ time: tm) -> String { "\(two(time.tm_hour)):\(two(time.tm_min)):\(two(time.tm_sec))" }
    private func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func line(_ text: String) -> String {
        String(text.replacing("\r\n", with: " ").replacing("\n", with: " ").harmless.prefix(250))
    }
}
