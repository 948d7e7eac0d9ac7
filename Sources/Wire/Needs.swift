/// What a stage needs of the machine besides its pipes: a launcher grants this, and nothing more.
///
/// A path may begin with the name of a variable, as in `$SEGUE_SPOOL`, and then means what that names.
package struct Needs: Equatable, Sendable {
    /// The paths of files, and of folders with all that is in them.
    package var reads: [String]
    /// The paths of files and folders that it may also change.
    package var writes: [String]
    /// The names of variables beyond the usual ones.
    package var variables: [String]
    package var hasNetwork: Bool
    /// Whether it starts programs of the user's, whose needs nobody knows.
    package var startsPrograms: Bool

    package init(
        reads: [String] = [], writes: [String] = [], variables: [String] = [], hasNetwork: Bool = false,
        startsPrograms: Bool = false
    ) {
        (self.reads, self.writes, self.variables) = (reads, writes, variables)
        (self.hasNetwork, self.startsPrograms) = (hasNetwork, startsPrograms)
    }

    /// The path beneath which Dispatch, of the Swift runtime, looks at its own threads, once one was started for it, as closing a
    /// database does: it ends a program that may not read there.
    package static let threads = "/proc"

    /// Reads what `--describe` reports.
    package init(_ object: JSONObject) {
        func words(_ name: String) -> [String] { (object[name]?.elements ?? []).compactMap(\.string) }
        self.init(
            reads: words("read"), writes: words("write"), variables: words("env"),
            hasNetwork: object["network"]?.boolean ?? false, startsPrograms: object["programs"]?.boolean ?? false)
    }

    package var json: JSON {
        var object = JSONObject()
        object["read"] = .strings(reads)
        object["write"] = .strings(writes)
        object["network"] = .boolean(hasNetwork)
        object["programs"] = .boolean(startsPrograms)
        return object.value
    }

    /// What either of both needs.
    package func joined(with others: Needs) -> Needs {
        Needs(
            reads: reads + others.reads, writes: writes + others.writes, variables: variables + others.variables,
            hasNetwork: hasNetwork || others.hasNetwork, startsPrograms: startsPrograms || others.startsPrograms)
    }
}
