/// `bytes 5-9/10`: the part of the file that the body of a 206 holds.
struct ContentRange: Equatable {
    let start: Int
    /// The last byte that it holds.
    let end: Int
    /// The length of the file in bytes; nil when the server does not know it: `*`.
    let total: Int?

    init?(_ field: String) {
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
        let parts = words[1].split(separator: "/")
        let bounds = parts.first?.split(separator: "-") ?? []
        guard parts.count == 2, bounds.count == 2, let first = Int(bounds[0]), let end = Int(bounds[1]), first <= end,
            end < .max
        else { return nil }
        (start, self.end) = (first, end)
        total = Int(parts[1])
        guard parts[1] == "*" || total.map({ end < $0 }) == true else { return nil }
    }
}
