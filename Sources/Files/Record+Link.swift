import Wire

extension Record {
    /// The link, or the file of this machine, that it was asked for by, as it may be shown; nil for a reference to a catalog.
    package var link: String? {
        let inner = carried ?? self
        guard let ref = (try? inner.ref) ?? nil, WebLink.isOne(ref) || ref.hasPrefix("/") else { return nil }
        return WebLink.shown(ref)
    }
}
