import Wire

/// A number and its total, `4/14` in one tag or in two.
struct NumberPair: Equatable {
    enum Kind: String {
        case track = "TRACK"
        case disc = "DISC"

        var number: String { "\(rawValue)NUMBER" }
        var total: String { "\(rawValue)TOTAL" }
        /// Another name of the tag with the total.
        var otherTotal: String { "TOTAL\(rawValue)S" }
    }

    var number: Int?
    var total: Int?

    init(number: Int?, total: Int?) { (self.number, self.total) = (number, total) }

    /// What the file says; zeros count as unknown.
    init(_ file: TagFile, _ kind: Kind) {
        let parts = (file[kind.number].first ?? "").split(separator: "/", maxSplits: 1)
        number = Self.positive(parts.first)
        let totals = file[kind.total] + file[kind.otherTotal]
        total = Self.positive(parts.dropFirst().first ?? totals.first.map { $0[...] })
    }

    private static func positive(_ text: Substring?) -> Int? { text.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
}
