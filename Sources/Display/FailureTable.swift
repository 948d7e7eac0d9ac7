import Ledger

/// A table of failed items, with the reasons.
struct FailureTable {
    private let items: [Item]
    private let count: Int

    /// The width in columns when there is no terminal.
    static let plainWidth = 160

    /// A table of `items`, the first of `count` that failed.
    init(_ items: [Item], of count: Int) { (self.items, self.count) = (items, count) }

    func lines(width: Int) -> [StyledLine] {
        guard count > 0 else { return [] }
        let names = items.map { $0.name ?? $0.id }
        let widest = min(names.map(\.cells).max() ?? 0, width / 2)
        let rows = zip(items, names).map { item, name in
            var line = StyledLine("  " + name.cut(to: widest).padded(to: widest))
            if let failure = item.failure { line.add("  \(failure.stage): \(failure.message)") }
            return line
        }
        let rest = count - items.count
        return [StyledLine("\(count) failed:", .red)] + rows
            + (rest > 0 ? [StyledLine("  and \(rest) more: segue list --state failed")] : [])
    }
}
