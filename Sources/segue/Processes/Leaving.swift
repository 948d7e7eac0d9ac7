import Glibc
import Wire

/// How the process ends, after `sysexits.h`.
enum Status {
    static let failed: Int32 = 1
    static let usage: Int32 = 64
    static let unavailable: Int32 = 69
    static let inputOutput: Int32 = 74
    static let later: Int32 = 75
    static let configuration: Int32 = 78

    static func of(_ failure: Failure) -> Int32 {
        switch failure.class {
        case .config: configuration
        case .permanent: usage
        case .transient where ["write_failed", "file_error"].contains(failure.code): inputOutput
        default: unavailable
        }
    }
}

/// The exit status of a command; a failure is told on stderr, with each line of its message as one.
func leaving(_ body: () throws(Failure) -> Int32) -> Int32 {
    do throws(Failure) {
        return try body()
    } catch {
        for line in error.message.split(separator: "\n") { complain(String(line)) }
        return Status.of(error)
    }
}

/// One line on stderr for people.
func complain(_ text: String) {
    let line = Array("segue: \(text.replacing("\n", with: " ").harmless)\n".utf8)
    _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
}
