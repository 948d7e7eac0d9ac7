import Glibc

/// What a library of C returned, which is nothing only where it has no memory: then the program ends, as Swift ends it for
/// lack of memory. Nothing is taken for a fault of the data, and whoever started the program tries again.
package func needed<Value>(_ value: Value?) -> Value {
    guard let value else { endForLackOfMemory() }
    return value
}

/// Only where no input can ask for more memory than there is; else see ``Failure/noMemory(_:)``.
package func endForLackOfMemory() -> Never { endProgram("there is no memory left") }

/// Ends the program where it cannot go on without doing something wrong.
package func endProgram(_ why: String) -> Never {
    writeToStandardError(why + "\n")
    abort()
}

extension Failure {
    /// What a library lacks memory for, as it may for what a file or a document says of itself.
    package static func noMemory(_ what: String) -> Failure {
        .transient("no_memory", "\(what) takes more memory than there is")
    }
}
