import Wire

/// What a source says about itself.
struct SourceHello {
    /// The addresses that it works with, which may be near.
    private(set) var bases: [String] = []
    /// How links to its pages begin, and what they are about.
    private var pages: [(start: String, kind: Reference.Kind)] = []

    /// Nothing is said yet.
    init() {}

    /// Throws `bad_record` (`permanent`) for a member of another shape.
    init(_ line: JSONObject) throws(Failure) {
        bases = try Section("hello", line).strings("base")
        guard let told = line["pages"]?.object else { return }
        for start in told.names {
            guard let kind = told[start]?.string.flatMap(Reference.Kind.init) else {
                throw .permanent("bad_record", "hello.pages names what is no kind of reference")
            }
            pages.append((start, kind))
        }
    }

    /// What a link to one of its pages is about; nil for any other link.
    func reference(ofPage link: String, name: String) -> Reference? {
        guard let page = pages.first(where: { link.hasPrefix($0.start) }) else { return nil }
        let id = link.dropFirst(page.start.count).prefix { !"/?#".contains($0) }
        return Reference(entry: "\(name):\(page.kind.rawValue):\(id)")
    }
}
