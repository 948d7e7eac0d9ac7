import Glibc
import Wire

/// The exit status of a command; a failure is told on stderr, with each line of its message as one.
///
/// - Throws: nothing: what `body` throws is told.
package func leaving(_ body: () throws(Failure) -> Int32) -> Int32 {
    do throws(Failure) {
        return try body()
    } catch {
        for line in error.message.split(separator: "\n") { complain(String(line)) }
        return ExitStatus(error).rawValue
    }
}

/// One line on stderr for people.
package func complain(_ text: String) {
    writeToStandardError("segue: \(text.replacing("\n", with: " ").harmless)\n")
}
