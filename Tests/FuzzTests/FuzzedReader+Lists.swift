import Files
import Lists

extension FuzzedReader {
    /// A playlist, of the kind that its first byte says.
    func readList(_ bytes: [UInt8]) throws {
        guard let first = bytes.first else { return }
        let formats: [ListFormat] = [.m3u, .pls, .text, .csv, .xspf, .rss]
        try readList(Array(bytes.dropFirst()), formats[Int(first) % formats.count])
    }

    func readJSPF(_ bytes: [UInt8]) throws { try readList(bytes, .jspf) }

    func readFeed(_ bytes: [UInt8]) throws { try readList(bytes, .rss) }

    private func readList(_ bytes: [UInt8], _ format: ListFormat) throws {
        let whole = readList(bytes, format, pieces: max(1, bytes.count))
        for pieces in [1, 7, 64] {
            let other = readList(bytes, format, pieces: pieces)
            try promise(other.entries == whole.entries, "however a list is cut, it has the same entries")
            try promise(other.isWhole == whole.isWhole, "however a list is cut, it is sound or not")
        }
        for location in whole.entries.compactMap(\.location) {
            _ = (joined(location, to: "http://h/a/b?c"), link(toFile: location), pathAlone(location))
            _ = (
                WebLink.isOne(location), WebLink.url(location), WebLink.shown(location), WebLink.divided(location).plain
            )
            _ = FileLink.paths(location, beside: "/a")
        }
    }

    private func readList(
        _ bytes: [UInt8], _ format: ListFormat, pieces: Int
    ) -> (entries: [ListEntry], isWhole: Bool) {
        var (reader, rest) = (ListReader(format), bytes[...])
        var entries: [ListEntry] = []
        while !rest.isEmpty {
            entries += reader.read(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        entries += reader.finish()
        _ = (reader.header, reader.remarks)
        return (entries, reader.failure == nil)
    }
}
