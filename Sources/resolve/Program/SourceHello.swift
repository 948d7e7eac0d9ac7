import Wire

/// What a source says about itself.
struct SourceHello {
    /// The addresses that it works with, which may be near.
    private(set) var bases: [String] = []
    /// The kinds of lists that it has besides albums, playlists and artists.
    private(set) var kinds: [String] = []
    /// How links to its pages begin, and what they are about.
    private var pages: [(start: String, kind: Reference.Kind)] = []

    /// Nothing is said yet.
    init() {}

    /// Throws `bad_record` (`permanent`) for a member of another shape.
    init(_ line: JSONObject) throws(Failure) {
        bases = try Section("hello", line).strings("base")
        kinds = try Section("hello", line).strings("kinds")
        guard kinds.allSatisfy({ Reference.Kind(own: $0) != nil }) else {
            throw .permanent("bad_record", "hello.kinds has what is not one small word")
        }
        guard let told = line["pages"]?.object else { return }
        for start in told.names {
            guard let word = told[start]?.string, let kind = kind(word) else {
                throw .permanent("bad_record", "hello.pages names what is no kind of reference")
            }
            pages.append((start, kind))
        }
    }

    private func kind(_ word: String) -> Reference.Kind? {
        Reference.Kind(rawValue: word) ?? (kinds.contains(word) ? .own(word) : nil)
    }

    /// What a link to one of its pages is about; nil for any other link.
    func reference(ofPage link: String, name: String) -> Reference? {
        guard let page = pages.first(where: { link.hasPrefix($0.start) }) else { return nil }
        var id = link.dropFirst(page.start.count).prefix { !"?#".contains($0) }
        // Only the source knows what is behind the id in the path.
        if case .own = page.kind {
            while id.hasSuffix("/") { id.removeLast() }
        } else {
            id = id.prefix { $0 != "/" }
        }
        return Reference("\(name):\(page.kind.rawValue):\(id)")
    }
}
