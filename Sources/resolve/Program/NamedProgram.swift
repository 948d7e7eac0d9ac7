import ArgumentParser
import Glibc
import Wire

/// `NAME=COMMAND`: a source that is a program.
struct NamedProgram {
    let name: String
    /// What the shell is given.
    let command: String

    /// Throws a message that says what is wrong and how to write it.
    init(_ argument: String) throws(ValidationError) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, !parts[0].contains("/"), parts[1].contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("a source has a name and a command: --source shelf='./shelf.py ARGS'")
        }
        (name, command) = (parts[0], parts[1])
        try NamedAddress.check(name)
        if let program = Self.program(of: command), !Self.isThere(program) {
            throw ValidationError("there is no program \(program) for the source \(name)")
        }
    }

    /// The first word of a plain command; nil for one that only the shell understands.
    private static func program(of command: String) -> String? {
        guard !command.contains(where: { ";&|$()<>`\"'\\=~*{}".contains($0) }) else { return nil }
        return command.split(whereSeparator: \.isWhitespace).map(String.init).first { $0 != "exec" }
    }

    private static func isThere(_ program: String) -> Bool {
        if program.contains("/") { return access(program, X_OK) == 0 }
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(program)", X_OK) == 0 }
    }
}
