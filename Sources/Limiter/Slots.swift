import Glibc
import Wire

/// A host's slots in the shared folder: one file each, held for the time of a request.
struct Slots {
    private let folder: String
    private let name: String

    init(of host: String, in folder: String) {
        (self.folder, name) = (folder, HostName.fileName(host))
    }

    /// The turn to look for a slot, held until one is found, so that no latecomer gets it first; nil while another
    /// process has it.
    func turn() throws(Failure) -> LockFile? { try LockFile(at: "\(folder)/turn-\(name)") }

    /// Takes a free slot for the holder of the turn; nil when `most` or more are held.
    ///
    /// Slots beyond `most` count too: they may have been taken when more were allowed.
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

/// Permission for one request to a host, from before it is sent until its answer has ended.
package struct Slot: ~Copyable {
    private let lock: LockFile?

    /// Has no lock where the number of slots has no limit.
    init(_ lock: consuming LockFile? = nil) { self.lock = lock }

    /// Lets the next request go ahead, as the end of the slot's lifetime does.
    package consuming func release() {}
}
