import Files
import Wire

/// The credentials in a file that may change: a change takes effect from the next request on.
package final class CredentialsFile {
    let path: String?
    private let tell: (String) -> Void
    private let mayBeMissing: Bool
    private var version: FileVersion?
    private(set) var credentials = Credentials()
    /// The version of the file that the credentials are from; nil where it cannot be told.
    private(set) var source: FileVersion?

    /// No file, and no credentials.
    package init() { (path, tell, mayBeMissing) = (nil, { _ in }, true) }

    /// The credentials in a file, none without a path; `tell` gets a message when a changed file cannot be read.
    ///
    /// - Throws: `no_file`, `secret_readable` or `bad_credentials` (`config`).
    package init(_ path: String?, tell: @escaping (String) -> Void = { _ in }) throws(Failure) {
        (self.path, self.tell, mayBeMissing) = (path, tell, false)
        guard let path else { return }
        version = FileVersion(of: path)
        source = version
        credentials = try Credentials(text: try secret(inFile: path), of: path)
    }

    /// The passwords kept from links that had one, of which there may be none yet.
    ///
    /// - Throws: `secret_readable` or `bad_credentials` (`config`).
    package static func kept(tell: @escaping (String) -> Void) throws(Failure) -> CredentialsFile {
        let file = CredentialsFile(mayBeMissing: KeptPasswords.path, tell: tell)
        guard let path = file.path, let version = FileVersion(of: path) else { return file }
        do throws(Failure) {
            file.credentials = try Credentials(text: try secret(inFile: path), of: path)
        } catch let error where error.code == "no_file" {
            // It belongs to another user, as after sudo.
            tell(error.message)
        }
        file.version = version
        return file
    }

    private init(mayBeMissing path: String?, tell: @escaping (String) -> Void) {
        (self.path, self.tell, mayBeMissing) = (path, tell, true)
    }

    /// Reads the file again if it changed, and says whether it did; a faulty file leaves the credentials as they were.
    func refresh() -> Bool {
        guard let path, case let found = FileVersion(of: path), found != version else { return false }
        if found == nil, !mayBeMissing { return false }
        version = found
        do throws(Failure) {
            credentials = found == nil ? Credentials() : try Credentials(text: try secret(inFile: path), of: path)
            source = found
            return true
        } catch {
            tell("the credentials stay as they were: \(error.message)")
            return false
        }
    }
}
