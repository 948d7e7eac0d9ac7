import Files
import Glibc
import Wire

/// The credentials in a file, which may change: what is written there counts from the next request on.
package final class CredentialsFile {
    private let path: String?
    private let tell: (String) -> Void
    private var version: Version?
    private(set) var credentials = Credentials()

    private struct Version: Equatable {
        let inode, bytes, seconds, nanoseconds: Int
    }

    /// No file, and no credentials.
    package init() { (path, tell) = (nil, { _ in }) }

    /// Without a path there are none; `tell` hears of a change that cannot be read.
    package init(_ path: String?, tell: @escaping (String) -> Void = { _ in }) throws(Failure) {
        (self.path, self.tell) = (path, tell)
        guard let path else { return }
        version = Self.version(of: path)
        credentials = try Credentials(text: try secret(inFile: path))
    }

    /// Looks whether the file is another one than before; what is wrong with it leaves the credentials as they were.
    func refresh() -> Bool {
        guard let path, let found = Self.version(of: path), found != version else { return false }
        version = found
        do throws(Failure) {
            credentials = try Credentials(text: try secret(inFile: path))
            return true
        } catch {
            tell("the credentials stay as they were: \(error.message)")
            return false
        }
    }

    private static func version(of path: String) -> Version? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Version(
            inode: Int(status.st_ino), bytes: Int(status.st_size), seconds: status.st_ctim.tv_sec,
            nanoseconds: status.st_ctim.tv_nsec)
    }
}
