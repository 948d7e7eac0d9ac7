import Ledger
import Wire

/// What a driver reports of its work, in the order in which it happened.
package enum DriverEvent {
    /// An item came into the queue.
    case added(id: String)
    /// A stage has these records now.
    case started([Job], stage: String)
    /// What became of an answer in the ledger; the item is set where it ended and the ledger knows more than the record.
    case booked(Record, Answer, Fate, Item?)
    /// An item that somebody withdrew while a replica was working on it.
    case withdrawn(id: String)
    /// A user's command, from here or another process, with the items that it cancelled if they are few.
    case commanded(Command, cancelled: [String])
    /// A host asked for a pause; `isKnown` where the pause was known and the host was not asked again.
    case throttled(host: String, seconds: Int, isKnown: Bool)
    /// A file of the library that was found damaged, here or by another process.
    case damaged(DamagedFile)
    /// Why a stage is halted.
    case trouble(stage: String, Failure)
    /// A line for people from a replica.
    case note(stage: String, replica: Int, String)
    /// A message of the driver itself.
    case remark(String)
    /// How many items are in which state.
    case counted([Count], isPaused: Bool)
    /// The terminal was resized.
    case resized
    /// The end: how many items are in which state, the first of those that failed, and how many bytes were moved.
    case ended([Count], failures: [Item], bytesMoved: Int)
}
