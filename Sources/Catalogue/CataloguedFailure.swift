import Wire

/// A failure of an item at a stage, with the record from which a later run can start.
///
/// The record is kept without its `media` section: media URLs may be signed, and `resolve` can get new ones.
package struct CataloguedFailure {
    package let id: String
    package let stage: String
    package let parent: String?
    /// The place in the parent, counted from 1.
    package let seq: Int?
    package let `class`: String
    /// A code of the contract, such as `http_404`.
    package let code: String
    package let message: String
    package let host: String?
    /// The record as JSON; nil when the stage could not write it.
    package let record: String?

    /// What a line of kind `error` says; a member that is missing or of another type becomes `unknown`.
    package init(_ error: Record) {
        func text(_ name: String) -> String { error[name]?.string ?? "unknown" }
        (id, parent, seq) = (error.id, error.parent, error.seq)
        (stage, `class`, code, message) = (text("stage"), text("class"), text("code"), text("message"))
        host = error["host"]?.string
        record = error.carried.map { String(decoding: Self.withoutMedia($0.value).text, as: UTF8.self) }
    }

    /// Works through nested records too: a record may carry another one.
    private static func withoutMedia(_ value: JSON) -> JSON {
        guard var object = value.object else { return value }
        object["media"] = nil
        if let inner = object["record"] { object["record"] = withoutMedia(inner) }
        return object.value
    }
}
