import Naming
import Wire

/// The templates that the files of a library are named by.
struct NamingScheme {
    let template: Template
    /// For a track that was asked for by itself.
    let single: Template?

    func path(of record: Record, _ values: FieldValues) -> NamedPath {
        (record.parent == nil ? single ?? template : template).path(values)
    }

    /// Such that no path is longer than what is portable; throws `bad_template` when it has too many folders for that.
    func portableLengths() throws(Failure) -> Lengths {
        guard let lengths = Lengths(portableWithParts: max(template.depth, single?.depth ?? 0)) else {
            throw .permanent("bad_template", "the template has more folders than a portable path has room for")
        }
        return lengths
    }
}
