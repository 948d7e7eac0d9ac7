import Glibc
import Wire

/// Runs a command and returns its exit status; a failure is reported on stderr, each line of its message as one line.
///
/// - Throws: nothing: what `body` throws is reported.
package func leaving(_ body: () throws(Failure) -> Int32) -> Int32 {
    do throws(Failure) {
        return try body()
    } catch {
        for line in error.message.split(separator: "\n") { complain(String(line)) }
        return ExitStatus(error).rawValue
    }
}

/// Writes one line to stderr for people.
package func complain(_ text: String) {
    writeToStandardError("segue: \(text.replacing("\n", with: " ").harmless)\n")
}
