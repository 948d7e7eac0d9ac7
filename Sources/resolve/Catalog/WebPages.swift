import Wire

/// The pages for people that belong to a catalog: those of its own host, and of its host's siblings.
///
/// `https://www.example.org/en/album/302127` is album 302127 of the catalog at `https://api.example.org`.
struct WebPages {
    /// The catalog's name.
    let name: String
    /// Its host, with a port where one is named.
    let host: String

    /// What a page shows; nil for any other link.
    func reference(_ link: String) -> Reference? {
        let parts = link.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count > 3, isOurs(parts[2].lowercased()) else { return nil }
        return Reference(page: link, catalog: name)
    }

    private func isOurs(_ other: String) -> Bool {
        if other == host { return true }
        let (own, its) = (host.split(separator: "."), other.split(separator: "."))
        // Not for addresses in numbers, nor below a top level alone.
        return own.count > 2 && Int(own[own.count - 1].prefix { $0 != ":" }) == nil
            && (its.dropFirst() == own.dropFirst() || its[...] == own.dropFirst())
    }
}
