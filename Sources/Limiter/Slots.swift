import Glibc
import Wire

/// A host's slots in the shared folder: one file each, held for the time of a request.
final class Slots {
    private let turnPath: String
    private let slotPath: String
    /// The slot that this process released last, most likely still free.
    fileprivate var released = 1

    /// `name` is the host's in the names of its files.
    init(of name: String, in folder: String) {
        (turnPath, slotPath) = ("\(folder)/turn-\(name)", "\(folder)/slot-\(name)-")
    }

    /// The turn to look for a slot, held until one is found, so that no latecomer gets it first; nil while another
    /// process has it.
    func turn() throws(Failure) -> LockFile? { try LockFile(at: turnPath) }

    /// Takes a free slot for the holder of the turn; nil when `most` or more are held.
    func take(of most: Int, _ turn: borrowing LockFile) throws(Failure) -> Slot? {
        // So many must be free besides the one that is taken.
        var rest = try held(beyond: most)
        if rest == 0, released <= most, let lock = try LockFile(at: path(released), making: false) {
            return Slot(lock, released, of: self)
        }
        for number in 1...most {
            guard let lock = try LockFile(at: path(number)) else { continue }
            if rest == 0 { return Slot(lock, number, of: self) }
            rest -= 1
        }
        return nil
    }

    /// How many slots beyond `most` are held, taken when more were allowed.
    ///
    /// Free ones are removed from the end: others look from 1 until a file is missing, and have to find all that are
    /// held.
    private func held(beyond most: Int) throws(Failure) -> Int {
        guard most < .max else { return 0 }
        var (last, held) = (most, 0)
        while access(path(last + 1), F_OK) == 0 { last += 1 }
        while last > most {
            if try LockFile(at: path(last)) == nil { held += 1 } else if held == 0 { unlink(path(last)) }
            last -= 1
        }
        return held
    }

    private func path(_ number: Int) -> String { "\(slotPath)\(number)" }
}

/// Permission for one request to a host, from before it is sent until its answer has ended.
package struct Slot: ~Copyable {
    private let lock: LockFile?
    private let number: Int
    private let slots: Slots?

    /// A slot where their number has no limit.
    init() {
        lock = nil
        (number, slots) = (0, nil)
    }

    fileprivate init(_ lock: consuming LockFile, _ number: Int, of slots: Slots) {
        self.lock = consume lock
        (self.number, self.slots) = (number, slots)
    }

    deinit { slots?.released = number }

    /// Lets the next request go ahead, as the end of the slot's lifetime does.
    package consuming func release() {}
}
