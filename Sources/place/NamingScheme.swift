import Naming
import Wire

/// The templates for the names of a library's files.
struct NamingScheme {
    let template: Template
    /// For a track that was requested by itself.
    let single: Template?

    func path(of record: Record, _ values: FieldValues) -> NamedPath {
        (record.parent == nil ? single ?? template : template).path(values)
    }

    /// Lengths that keep every path portable; throws `bad_template` if the template has too many folders for that.
    func portableLengths() throws(Failure) -> Lengths {
        guard let lengths = Lengths(portableWithParts: max(template.depth, single?.depth ?? 0)) else {
            throw .permanent("bad_template", "the template has more folders than a portable path has room for")
        }
        return lengths
    }
}
