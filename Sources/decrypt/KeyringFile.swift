import Files
import Stripe
import Wire

/// The keys in a file, which may change: a change takes effect with the next record.
final class KeyringFile {
    private let path: String
    private let tell: (String) -> Void
    private var version: FileVersion?
    private var keyring: Keyring

    /// `tell` is called when a changed file cannot be read.
    init(_ path: String, tell: @escaping (String) -> Void) throws(Failure) {
        (self.path, self.tell) = (path, tell)
        version = FileVersion(of: path)
        keyring = try Keyring(readingFile: path)
    }

    /// The key as it is in the file now; a file that cannot be read leaves the keys as they were.
    func key(_ id: String) -> Key? {
        refresh()
        return keyring[id]
    }

    private func refresh() {
        guard let found = FileVersion(of: path), found != version else { return }
        version = found
        startAgain(ifShutOutOf: path)
        do throws(Failure) {
            keyring = try Keyring(readingFile: path)
        } catch {
            tell("the keys stay as they were: \(error.message)")
        }
    }
}
