/// A tag that is to be written otherwise than the file has it, by TagLib's common name for it.
package struct TagChange: Equatable, Sendable {
    package let name: String
    package let from: [String]
    /// Both are empty for timed lyrics, which are no text.
    package let to: [String]

    package init(name: String, from: [String], to: [String]) { (self.name, self.from, self.to) = (name, from, to) }
}
