/// The one range of bytes that a Range header requests; any other header is ignored.
enum ByteRange: Equatable {
    case part(Range<Int>)
    case unsatisfiable

    /// Nil when the whole file is requested, or in a form that need not be supported.
    init?(_ header: String?, of total: Int) {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return nil }
        let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false).map {
            $0.filter { $0 != " " }
        }
        guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (48...57).contains($0) } }) else { return nil }
        switch (Int(ends[0]), Int(ends[1])) {
        case (let first?, let last?) where last >= first: self = Self.part(from: first, to: min(last, total - 1), total)
        case (let first?, nil) where ends[1].isEmpty: self = Self.part(from: first, to: total - 1, total)
        case (nil, let count?) where ends[0].isEmpty:
            self = count == 0 ? .unsatisfiable : Self.part(from: max(0, total - count), to: total - 1, total)
        default: return nil
        }
    }

    private static func part(from first: Int, to last: Int, _ total: Int) -> ByteRange {
        first < total ? .part(first..<last + 1) : .unsatisfiable
    }
}
