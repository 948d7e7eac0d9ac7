import Wire

/// Which rows of a list are asked for, by `index` and `limit`.
struct Page {
    let index: Int
    let limit: Int
    /// Whether the request named the limit: then the addresses of other pages name it too.
    private let namesLimit: Bool

    private static let usual = 25
    private static let most = 500

    /// Nil when a value is no number that makes sense.
    init?(_ query: [(name: String, value: String)]) {
        let index = query.last { $0.name == "index" }?.value
        let limit = query.last { $0.name == "limit" }?.value
        guard let start = Int(index ?? "0"), let size = Int(limit ?? "\(Self.usual)"), start >= 0, size >= 1 else {
            return nil
        }
        (self.index, self.limit, namesLimit) = (start, min(size, Self.most), limit != nil)
    }

    /// The page of a list of `ids` at `address`, its rows made by `row`.
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
