import Files
import Foundation
import Glibc
import Wire

/// A folder that is removed when the body returns.
package enum TemporaryFolder {
    /// Makes it in `TMPDIR`, or in `/tmp`, with a name that begins with `prefix`.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it, and what `body` throws.
    package static func with<Result>(
        prefix: String, _ body: (String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let parent = Environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw fileFailure("cannot make a folder in \(parent)") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }
}
