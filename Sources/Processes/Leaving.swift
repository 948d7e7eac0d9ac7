import Glibc
import Wire

/// How the process ends, after `sysexits.h`.
package enum Status {
    /// The status where something failed.
    package static let failed: Int32 = 1
    /// The status for arguments that are not understood.
    package static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    /// The status where a file cannot be read or written.
    package static let inputOutput: Int32 = 74
    /// The status for what may go on later.
    package static let later: Int32 = 75
    /// The status for what has to be set right first.
    package static let configuration: Int32 = 78

    /// The status that tells a failure.
    package static func of(_ failure: Failure) -> Int32 {
        switch failure.class {
        case .config: configuration
        case .permanent: usage
        case .transient where ["write_failed", "file_error"].contains(failure.code): inputOutput
        default: unavailable
        }
    }
}

/// The exit status of a command; a failure is told on stderr, with each line of its message as one.
///
/// - Throws: nothing: what `body` throws is told.
package func leaving(_ body: () throws(Failure) -> Int32) -> Int32 {
    do throws(Failure) {
        return try body()
    } catch {
        for line in error.message.split(separator: "\n") { complain(String(line)) }
        return Status.of(error)
    }
}

/// One line on stderr for people.
package func complain(_ text: String) {
    writeToStandardError("segue: \(text.replacing("\n", with: " ").harmless)\n")
}
