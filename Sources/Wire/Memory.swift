import Glibc

/// What a library of C returned, which is nothing only where it has no memory: then the program ends, as Swift ends it for
/// lack of memory. Nothing is taken for a fault of the data, and whoever started the program tries again.
package func needed<Value>(_ value: Value?) -> Value {
    guard let value else { endForLackOfMemory() }
    return value
}

package func endForLackOfMemory() -> Never {
    writeToStandardError("there is no memory left\n")
    abort()
}
