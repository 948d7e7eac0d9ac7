import Wire

/// A catalog's web pages: those on its own host, and on hosts of the same domain.
///
/// `https://www.example.org/en/album/302127` is album 302127 of the catalog at `https://api.example.org`.
struct WebPages {
    /// The catalog's name.
    let name: String
    /// Its host, with a port if one is named.
    let host: String

    /// The reference that a page is about; nil for any other link.
    func reference(_ link: String) -> Reference? {
        let parts = link.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count > 3, isOurs(parts[2].lowercased()) else { return nil }
        return Reference(page: link, catalog: name)
    }

    private func isOurs(_ other: String) -> Bool {
        if other == host { return true }
        let (own, its) = (host.split(separator: "."), other.split(separator: "."))
        // Not for numeric addresses, nor for hosts that share only a top-level domain.
        return own.count > 2 && Int(own[own.count - 1].prefix { $0 != ":" }) == nil
            && (its.dropFirst() == own.dropFirst() || its[...] == own.dropFirst())
    }
}
