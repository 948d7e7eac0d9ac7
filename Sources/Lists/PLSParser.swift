import Wire

/// PLS: `FileN`, `TitleN` and `LengthN` in any order; the entries come in the order of N.
struct PLSParser: ListParser {
    private(set) var header = ListHeader()
    private var lines = Lines()
    private var found: [Int: ListEntry] = [:]

    /// The most entries that are kept, since their order is known only at the end.
    private static let most = 100_000

    mutating func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        var read: [(String, Int)] = []
        try lines.read(bytes, "PLS") { line, number throws(Failure) in read.append((line, number)) }
        for (line, number) in read { try parse(line, number) }
    }

    mutating func finish(_ entries: inout [ListEntry]) throws(Failure) {
        var last: (String, Int)?
        try lines.finish { line, number throws(Failure) in last = (line, number) }
        if let (line, number) = last { try parse(line, number) }
        entries += found.sorted { $0.key < $1.key }.map(\.value).filter { $0.location != nil || $0.artist != nil }
    }

    private mutating func parse(_ line: String, _ number: Int) throws(Failure) {
        guard let sign = line.firstIndex(of: "="), !line.hasPrefix(";"), !line.hasPrefix("#") else { return }
        let key = line[..<sign].trimmingSpace.lowercased()
        guard let value = line[line.index(after: sign)...].known else { return }
        let name = key.prefix { !$0.isNumber }
        guard let index = Int(key.dropFirst(name.count)), index >= 0 else {
            if key == "x-gnome-title" { header.title = value }
            return
        }
        var entry = found[index] ?? ListEntry()
        switch name {
        case "file": (entry.location, entry.line) = (value, number)
        case "title":
            let names = artistAndTitle(value)
            (entry.artist, entry.title) = (names?.artist, names?.title ?? value)
        case "length": entry.duration = Double(value).flatMap { $0 > 0 && $0.isFinite ? $0 : nil }
        default: return
        }
        found[index] = entry
        guard found.count <= Self.most else { throw badList("PLS", number, "more than \(Self.most) entries") }
    }
}
