import Wire

/// What a replica writes to stderr: lines for people, a limited number per second, and the last part for a report.
package struct ErrorText {
    private static let keptBytes = 65_536
    private static let longestLine = 4096
    private static let linesPerSecond = 20

    private var line: [UInt8] = []
    private var tail: [UInt8] = []
    private var second: Int64 = 0
    private var shown = 0
    private var dropped = 0

    package init() {}

    /// Takes what was read, and returns the lines to show; `now` is in monotonic nanoseconds.
    package mutating func add(_ bytes: ArraySlice<UInt8>, now: Int64) -> [String] {
        keep(bytes)
        var lines: [String] = []
        for byte in bytes {
            if byte != 10 && line.count < Self.longestLine { line.append(byte) }
            if byte == 10, let text = finishLine(now) { lines.append(text) }
        }
        return lines
    }

    /// The text after the last LF, and how many lines were not shown.
    package mutating func end(now: Int64) -> [String] {
        let last = line.isEmpty ? nil : finishLine(now)
        let note = dropped > 0 ? "(\(dropped) more lines)" : nil
        dropped = 0
        return [last, note].compactMap { $0 }
    }

    /// The line that best says why the process ended like this: usually the last one, but a usage error comes before
    /// the usage text.
    package func reason(_ ending: Child.Ending?) -> String? {
        let lines = tail.split(separator: 10).filter { $0.contains { $0 > 32 } }
        let line = ending == .exited(ExitStatus.usage.rawValue) ? lines.first : lines.last
        return line.map { String(decoding: $0.prefix(500), as: UTF8.self) }
    }

    private mutating func finishLine(_ now: Int64) -> String? {
        defer { line = [] }
        if now / 1_000_000_000 != second { (second, shown) = (now / 1_000_000_000, 0) }
        guard shown < Self.linesPerSecond else {
            dropped += 1
            return nil
        }
        shown += 1
        return String(decoding: line, as: UTF8.self)
    }

    private mutating func keep(_ bytes: ArraySlice<UInt8>) {
        tail += bytes
        if tail.count > 2 * Self.keptBytes { tail.removeFirst(tail.count - Self.keptBytes) }
    }
}
