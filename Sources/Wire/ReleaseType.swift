/// The kind of release that an album is.
package enum ReleaseType: String, CaseIterable, Sendable {
    case albums, singles, eps, compilations

    /// From the name that catalogs use.
    package init?(catalog: String) {
        switch catalog {
        case "album": self = .albums
        case "single": self = .singles
        case "ep": self = .eps
        case "compile", "compilation": self = .compilations
        default: return nil
        }
    }
}
