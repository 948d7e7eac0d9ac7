/// A picture as it lies in a file: `mime` is `image/jpeg` or `image/png`, say.
package struct Artwork: Equatable, Sendable {
    package let bytes: [UInt8]
    package let mime: String

    package init(bytes: [UInt8], mime: String) { (self.bytes, self.mime) = (bytes, mime) }
}
