/// A file in the spool, whole and checked.
struct Fetched: Equatable {
    let path: String
    let bytes: Int
    let sha256: String
}
