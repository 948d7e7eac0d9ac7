import Files
import Synchronization
import Wire

/// The credentials in a file that may change: a change takes effect from the next request on.
package final class CredentialsFile: Sendable {
    let path: String?
    private let tell: @Sendable (String) -> Void
    private let mayBeMissing: Bool
    private let state: Mutex<State>

    private struct State {
        var version: FileVersion? = nil
        var credentials = Credentials()
        var changes = 0
        var source: FileVersion? = nil
    }

    /// No file, and no credentials.
    package convenience init() { self.init(mayBeMissing: nil, tell: { _ in }) }

    /// The credentials in a file, none without a path; `tell` gets a message when a changed file cannot be read.
    ///
    /// - Throws: `no_file`, `secret_readable` or `bad_credentials` (`config`).
    package init(_ path: String?, tell: @escaping @Sendable (String) -> Void = { _ in }) throws(Failure) {
        (self.path, self.tell, mayBeMissing) = (path, tell, false)
        var state = State()
        if let path {
            state.version = FileVersion(of: path)
            state.source = state.version
            state.credentials = try Credentials(text: try secret(inFile: path), of: path)
        }
        self.state = Mutex(state)
    }

    /// The passwords kept from links that had one, of which there may be none yet.
    ///
    /// - Throws: `secret_readable` or `bad_credentials` (`config`).
    package static func kept(tell: @escaping @Sendable (String) -> Void) throws(Failure) -> CredentialsFile {
        let path = KeptPasswords.path
        var state = State()
        if let path, let version = FileVersion(of: path) {
            do throws(Failure) {
                state.credentials = try Credentials(text: try secret(inFile: path), of: path)
            } catch let error where error.code == "no_file" {
                // It belongs to another user, as after sudo.
                tell(error.message)
            }
            state.version = version
        }
        return CredentialsFile(mayBeMissing: path, tell: tell, state)
    }

    private init(mayBeMissing path: String?, tell: @escaping @Sendable (String) -> Void, _ state: State = State()) {
        (self.path, self.tell, mayBeMissing) = (path, tell, true)
        self.state = Mutex(state)
    }

    var credentials: Credentials { state.withLock { $0.credentials } }

    /// The version of the file that the credentials are from; nil where it cannot be told.
    var source: FileVersion? { state.withLock { $0.source } }

    /// The password for MPD at `HOST:PORT`, as the file has it now; nil for none.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func mpdPassword(at address: String) throws(Failure) -> String? {
        refresh()
        return credentials.mpdPassword(for: try Target("http://\(address)/"))
    }

    /// Reads the file again if it changed, and returns how often that has changed the credentials; a faulty file leaves
    /// them as they were.
    @discardableResult
    func refresh() -> Int {
        guard let path else { return 0 }
        return state.withLock { state in
            let found = FileVersion(of: path)
            guard found != state.version, found != nil || mayBeMissing else { return state.changes }
            state.version = found
            startAgain(ifShutOutOf: path)
            do throws(Failure) {
                let isGone = found == nil
                state.credentials = isGone ? Credentials() : try Credentials(text: try secret(inFile: path), of: path)
                state.changes += 1
                state.source = found
            } catch {
                tell("the credentials stay as they were: \(error.message)")
            }
            return state.changes
        }
    }
}
