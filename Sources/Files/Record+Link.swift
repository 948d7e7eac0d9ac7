import Wire

extension Record {
    /// The link, the local file or the reference with options by which it was requested, in a form that may be shown; nil
    /// for any other reference to a catalog.
    package var link: String? {
        let inner = carried ?? self
        guard let ref = (try? inner.ref) ?? nil else { return nil }
        if !WebLink.isOne(ref), let options = Reference(ref)?.options { return "\(inner.id)?\(options.text)" }
        guard WebLink.isOne(ref) || ref.hasPrefix("/") else { return nil }
        return WebLink.shown(ref)
    }
}
