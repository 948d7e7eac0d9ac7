import Ledger

extension Overview {
    /// The totals, what holds up the work, and a line for each busy replica, at most `height` lines in all.
    package func lines(width: Int, height: Int) -> [StyledLine] {
        let head = [sums(width: width)] + (pauseLine.map { [$0] } ?? [])
        let room = max(0, height - head.count)
        let rows = busyLines(width: width)
        guard rows.count > room, room > 0 else { return head + rows.prefix(room) }
        let hidden = rows.count - room + 1
        return head + rows.prefix(room - 1) + [StyledLine("and \(hidden) more working", .dim)]
    }

    /// Fields of fixed width; on a narrow terminal the least important ones are left out.
    private func sums(width: Int) -> StyledLine {
        let digits = max(3, "\(total)".count)
        var fields: [(rank: Int, text: String, style: StyledLine.Style)] = [
            (0, "\(ended.sum)".aligned(to: digits) + "/" + "\(total)".padded(to: digits), .bold),
            (3, (total > 0 ? "\(100 * ended.sum / total)%" : "").aligned(to: 4), .plain),
            (1, "\(ended.failed)".aligned(to: 3) + " failed", ended.failed > 0 ? .red : .dim),
            (4, "\(left[.waiting, default: 0])".aligned(to: 3) + " waiting", .dim),
            (2, speed.aligned(to: 9), .plain),
            (1, time.aligned(to: 7) + " left", .plain)
        ]
        if let paused = left[.paused], paused > 0 { fields.append((5, "\(paused) paused", .yellow)) }
        while fields.count > 1, fields.reduce(-2, { $0 + $1.text.cells + 2 }) > width,
            let least = fields.indices.max(by: { fields[$0].rank < fields[$1].rank })
        { fields.remove(at: least) }
        var line = StyledLine()
        for (index, field) in fields.enumerated() { line.add((index > 0 ? "  " : "") + field.text, field.style) }
        return line
    }

    private var speed: String { bytesPerSecond.map { sizeText(Int($0)) + "/s" } ?? "" }
    private var time: String { secondsLeft.map(durationText) ?? "--:--" }

    private var pauseLine: StyledLine? {
        if isStopping { return StyledLine("stopping", .yellow) }
        if isPaused { return StyledLine("everything is paused; segue resume --all lets it go on", .yellow) }
        guard !pauses.isEmpty else { return nil }
        let hosts = pauses.map { "\($0.host) until \(clockText($0.until))" }
        return StyledLine("paused: " + hosts.joined(separator: ", "), .yellow)
    }

    private func busyLines(width: Int) -> [StyledLine] {
        let names = busy.map { busy in
            [busy.stage, busy.replica.map { "\($0)" }].compactMap { $0 }.joined(separator: " ")
        }
        let widest = min(names.map(\.cells).max() ?? 0, width / 3)
        return zip(names, busy).map { name, busy in
            var line = StyledLine(name.cut(to: widest).padded(to: widest) + "  ", .dim)
            if width >= 60 { line.add(Self.bar(busy) + "  ") }
            line.add((busy.bytes.map(sizeText) ?? "").aligned(to: 7) + "  ")
            line.add(busy.title + (busy.others > 0 ? " (+\(busy.others))" : ""))
            return line
        }
    }

    /// A bar of ten columns.
    private static func bar(_ busy: Busy) -> String {
        guard let bytes = busy.bytes, let total = busy.total, total > 0 else { return "          " }
        let full = min(10, 10 * bytes / total)
        return String(repeating: "#", count: full) + String(repeating: "-", count: 10 - full)
    }
}
