import Files
import Glibc
import Wire

/// A program that was found, and its arguments.
package struct Executable: Equatable, Sendable {
    /// Where the program is.
    package let path: String
    /// Its arguments as the program sees them, its name first.
    package let arguments: [String]
    /// Whether it is a stage that comes with segue, and so understands `--describe`.
    package let isNative: Bool

    /// A program beside segue is not enough: segue may be in `/usr/bin`.
    private static let nativeNames: Set = ["resolve", "fetch", "decrypt", "intake", "verify", "place", "record", "tell"]

    /// Finds a program; a name without a slash is looked up in `../libexec/segue`, beside segue, and on PATH.
    ///
    /// - Throws: `no_program` (`config`).
    package init(_ command: [String]) throws(Failure) {
        guard let name = command.first, name != "" else { throw .config("no_program", "no program is named") }
        let native = Self.nativeFolders.map { "\($0)/\(name)" }
        let candidates = name.contains("/") ? [name] : native + Self.searchPath.map { "\($0)/\(name)" }
        guard let found = candidates.first(where: Self.isExecutable) else {
            throw .config("no_program", Self.complaint(of: name))
        }
        (path, arguments) = (found, command)
        let real = realPath(found) ?? found
        isNative = Self.nativeNames.contains(lastPart(of: real)) && Self.home == folder(of: real)
    }

    private static func isExecutable(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func complaint(of name: String) -> String {
        guard name.contains("/") else { return "there is no program \(name) beside segue or on PATH" }
        return access(name, F_OK) == 0 ? "\(name) cannot be run; try: chmod +x \(name)" : "there is no program \(name)"
    }

    private static let ownFolder = realPath("/proc/self/exe").map(folder)

    /// Where an installation has its stages, and the sources that come with segue.
    static let installation = ownFolder.map { "\(folder(of: $0))/libexec/segue" }

    private static let nativeFolders = [installation, ownFolder].compactMap(\.self)

    /// Where the stages are. Beside an installed segue there may be programs of others with their names.
    private static let home = nativeFolders.first { access($0, F_OK) == 0 }.flatMap(realPath)

    private static var searchPath: [String] {
        guard let path = getenv("PATH") else { return ["/usr/bin", "/bin"] }
        return String(cString: path).split(separator: ":").map(String.init)
    }
}
