import Wire

/// One thing that the contract requires of a stage, and how to check it.
package struct Rule: Sendable {
    package let name: String
    /// One sentence for people.
    package let summary: String
    /// Whether it binds only segue's own stages, and others that opt in with `--strict`.
    package var isStrict = false
    /// The rules that this one builds on: if one of them is broken, a failure of this one is not reported.
    var needs: [String] = []
    let check: @Sendable (Examination) throws(Failure) -> Finding

    /// All rules, in the order in which they are checked; the last two judge everything that was written before.
    package static let all = ends + answers + identity + keeping + words + limits + life + native + lines
}
