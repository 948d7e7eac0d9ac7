import Wire

/// One thing that the contract asks of a stage, and how to see whether it is so.
package struct Rule: Sendable {
    package let name: String
    /// One sentence for people.
    package let summary: String
    /// Whether it binds only the stages that come with segue, and those that want to be as good.
    package var isStrict = false
    /// Rules without which this one says nothing.
    var needs: [String] = []
    let check: @Sendable (Examination) throws(Failure) -> Finding

    /// In the order in which they are looked at: the last two hold for all that was seen before.
    package static let all = ends + answers + identity + keeping + words + limits + life + native + lines
}
