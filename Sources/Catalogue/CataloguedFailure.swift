import Wire

/// What a stage could not do for an item, with the record from which a later run can start.
///
/// The record is kept without its `media` section: media URLs may be signed, and `resolve` has them anew.
package struct CataloguedFailure {
    package let id: String
    package let stage: String
    package let parent: String?
    /// The place in the parent, counted from 1.
    package let seq: Int?
    package let `class`: String
    package let code: String
    package let message: String
    package let host: String?
    /// JSON; nil when the stage could not write it.
    package let record: String?

    /// What a line of kind `error` says; a member that is missing or of another type reads as unknown.
    package init(_ error: Record) {
        func text(_ name: String) -> String { error[name]?.string ?? "unknown" }
        (id, parent, seq) = (error.id, error.parent, error.seq)
        (stage, `class`, code, message) = (text("stage"), text("class"), text("code"), text("message"))
        host = error["host"]?.string
        record = error.carried.map { String(decoding: Self.withoutMedia($0.value).text, as: UTF8.self) }
    }

    /// A record may carry another one, and so on.
    private static func withoutMedia(_ value: JSON) -> JSON {
        guard var object = value.object else { return value }
        object["media"] = nil
        if let inner = object["record"] { object["record"] = withoutMedia(inner) }
        return object.value
    }
}
