import Wire

extension Record {
    /// The link or the local file by which it was requested, in a form that may be shown; nil for a reference to a
    /// catalog.
    package var link: String? {
        let inner = carried ?? self
        guard let ref = (try? inner.ref) ?? nil, WebLink.isOne(ref) || ref.hasPrefix("/") else { return nil }
        return WebLink.shown(ref)
    }
}
