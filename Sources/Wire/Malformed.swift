/// Why some bytes are not a JSON text that we take.
package struct Malformed: Error, Equatable, CustomStringConvertible {
    /// What was met, in words for people.
    package let what: String
    /// The offset in bytes from the start of the text.
    package let offset: Int

    package var description: String { "\(what) at byte \(offset)" }
}
