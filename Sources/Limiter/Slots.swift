import Glibc
import Wire

/// A host's slots in the shared folder: a file each, which whoever makes a request holds.
struct Slots {
    private let folder: String
    private let name: String

    init(of host: String, in folder: String) {
        (self.folder, name) = (folder, HostName.fileName(host))
    }

    /// The turn to look for a slot, held until one is found, so that nobody who comes later gets it first; nil while
    /// another has it.
    func turn() throws(Failure) -> LockFile? { try LockFile(at: "\(folder)/turn-\(name)") }

    /// Takes a free slot, for the one that has the turn; nil when `most` or more are held.
    ///
    /// Those beyond `most` count too: they may be held since a time when more were allowed.
    func take(of most: Int, _ turn: borrowing LockFile) throws(Failure) -> LockFile? {
        var free: LockFile?
        var (held, number) = (0, 1)
        while free == nil || access(path(number), F_OK) == 0 {
            if let lock = try LockFile(at: path(number)) {
                if free == nil { free = consume lock }
            } else {
                held += 1
            }
            if held >= most { return nil }
            number += 1
        }
        return free
    }

    private func path(_ number: Int) -> String { "\(folder)/slot-\(name)-\(number)" }
}

/// Leave to make one request to a host, from before it is sent until its answer has ended.
package struct Slot: ~Copyable {
    private let lock: LockFile?

    /// Without a lock where nobody counts.
    init(_ lock: consuming LockFile? = nil) { self.lock = lock }

    /// Lets the next one ask; a slot that goes out of use does so too.
    package consuming func release() {}
}
