import Wire

/// The rows of a list that are requested with `index` and `limit`.
struct Page {
    let index: Int
    let limit: Int
    /// Whether the request gave a limit: then the URLs of other pages give it too.
    private let namesLimit: Bool

    private static let usual = 25
    private static let most = 500

    /// Nil when a value is not a valid number.
    init?(_ query: [(name: String, value: String)]) {
        let index = query.last { $0.name == "index" }?.value
        let limit = query.last { $0.name == "limit" }?.value
        guard let start = Int(index ?? "0"), let size = Int(limit ?? "\(Self.usual)"), start >= 0, size >= 1 else {
            return nil
        }
        (self.index, self.limit, namesLimit) = (start, min(size, Self.most), limit != nil)
    }

    /// The page of the list of `ids` at `address`, with rows made by `row`.
    func document(of ids: [Int], at address: String, row: (Int) -> JSON?) -> JSON {
        let start = min(index, ids.count)
        let end = min(ids.count, start + limit)
        return .object([
            "data": .array(ids[start..<end].compactMap(row)), "total": .integer(ids.count),
            "prev": index > 0 ? .string(self.address(address, max(0, index - limit))) : nil,
            "next": end < ids.count ? .string(self.address(address, end)) : nil
        ])
    }

    private func address(_ address: String, _ index: Int) -> String {
        "\(address)?" + (namesLimit ? "limit=\(limit)&" : "") + "index=\(index)"
    }
}
