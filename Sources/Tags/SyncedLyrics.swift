/// Lyrics with a time for each line, as in an LRC file.
struct SyncedLyrics: Equatable {
    struct Line: Equatable {
        let milliseconds: Int
        let text: String
    }

    /// The lines in the order of their times.
    let lines: [Line]

    /// Nil when no line has a time. A line may have several times, and `[offset:MS]` moves all of them earlier.
    init?(lrc: String) {
        var lines: [Line] = []
        var offset = 0
        for row in lrc.split(whereSeparator: \.isNewline) {
            var (rest, times) = (row[...], [Int]())
            while rest.first == "[", let end = rest.firstIndex(of: "]") {
                let tag = rest[rest.index(after: rest.startIndex)..<end]
                if let time = Self.milliseconds(tag) { times.append(time) }
                if tag.hasPrefix("offset:") { offset = Int(tag.dropFirst(7).filter { $0 != " " && $0 != "+" }) ?? 0 }
                rest = rest[rest.index(after: end)...]
            }
            let text = String(rest.drop { $0 == " " })
            lines += times.map { Line(milliseconds: $0, text: text) }
        }
        guard !lines.isEmpty else { return nil }
        self.lines = lines.map { Line(milliseconds: max(0, $0.milliseconds - offset), text: $0.text) }
            .enumerated().sorted { ($0.element.milliseconds, $0.offset) < ($1.element.milliseconds, $1.offset) }
            .map(\.element)
    }

    /// Reads `mm:ss`, `mm:ss.xx` or `mm:ss.xxx`; nil for anything else.
    private static func milliseconds(_ tag: Substring) -> Int? {
        let parts = tag.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let minutes = Int(parts[0]), (0...9999).contains(minutes) else { return nil }
        let seconds = parts[1].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = Int(seconds[0]), (0..<60).contains(whole) else { return nil }
        guard seconds.count == 2 else { return (minutes * 60 + whole) * 1000 }
        let digits = seconds[1].prefix(3)
        guard !digits.isEmpty, let fraction = Int(digits), fraction >= 0 else { return nil }
        let scale = [1: 100, 2: 10, 3: 1][digits.count] ?? 1
        return (minutes * 60 + whole) * 1000 + fraction * scale
    }
}
