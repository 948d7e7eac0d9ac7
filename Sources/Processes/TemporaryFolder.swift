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
        let path = try make(prefix, in: parent)
        defer { remove(path) }
        return try body(path)
    }

    /// Makes it in `parent`, and holds it with a lock: what processes left there that were killed goes first, after `clear`.
    ///
    /// - Throws: what ``fileFailure(_:errno:)`` makes of it, and what `body` throws.
    package static func with<Result>(
        prefix: String, in parent: String, clear: (String) -> Void, _ body: (String) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try makeFolderOfPassingThings(parent)
        let (path, lock) = try locking(parent) { () throws(Failure) in
            for name in names(in: parent) where name.hasPrefix("\(prefix)-") {
                let left = "\(parent)/\(name)"
                guard let lock = hold(left) else { continue }
                clear(left)
                remove(left)
                close(lock)
            }
            let path = try make(prefix, in: parent)
            return (path, hold(path))
        }
        defer {
            remove(path)
            if let lock { close(lock) }
        }
        return try body(path)
    }

    /// A descriptor that holds a lock on a folder; nil where another process has it.
    private static func hold(_ folder: String) -> Int32? {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return descriptor }
        close(descriptor)
        return nil
    }

    private static func make(_ prefix: String, in parent: String) throws(Failure) -> String {
        var template = Array("\(parent)/\(prefix)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw fileFailure("cannot make a folder in \(parent)") }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
