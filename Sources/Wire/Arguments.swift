import Glibc

/// The words that a process was started with.
package enum Arguments {
    /// What keeps the process from working with them; nil when all of them, and our own variables, are text.
    ///
    /// Swift reads a byte that is not UTF-8 as U+FFFD: a file would be looked for under a name that nobody meant.
    package static var flaw: String? {
        let words = (1..<max(1, Int(CommandLine.argc))).lazy.compactMap { CommandLine.unsafeArgv[$0] }
        if let word = words.compactMap(foreign).first {
            return "an argument is not UTF-8: \(word); file names must be UTF-8: rename the file"
        }
        return variables.compactMap(foreign).first.map { "a variable is not UTF-8: \($0); set it to a name that is" }
    }

    /// The word with its bytes escaped where it is not UTF-8; nil where all of it is.
    private static func foreign(_ word: UnsafeMutablePointer<CChar>) -> String? {
        let bytes = UnsafeBufferPointer(start: word, count: strlen(word)).map { UInt8(bitPattern: $0) }
        return String(validating: bytes, as: UTF8.self) == nil ? String(escaping: bytes) : nil
    }

    private static var variables: [UnsafeMutablePointer<CChar>] {
        var (found, entry) = ([UnsafeMutablePointer<CChar>](), environ)
        while let word = entry.pointee {
            if strncmp(word, "SEGUE_", 6) == 0 { found.append(word) }
            entry += 1
        }
        return found
    }
}
