import Ledger
import Wire

/// What a driver tells of its work, in the order in which it happened.
package enum DriverEvent {
    /// An item came into the queue.
    case added(id: String)
    /// A stage has these records now.
    case started([Job], stage: String)
    /// What the ledger made of an answer; the item is one at its end of which it knows more than the record.
    case booked(Record, Answer, Fate, Item?)
    /// An item that somebody took out of a replica's hands.
    case withdrawn(id: String)
    /// What a user did, here or in another process, with the items that this cancelled, if they are few.
    case commanded(Command, cancelled: [String])
    /// A host asked for a pause; `isKnown` where it was not asked again.
    case throttled(host: String, seconds: Int, isKnown: Bool)
    /// Why a stage is halted.
    case trouble(stage: String, Failure)
    /// A line of a replica for people.
    case note(stage: String, replica: Int, String)
    /// Something that the driver itself has to say.
    case remark(String)
    /// How many items stand where.
    case counted([Count], isPaused: Bool)
    /// The terminal has another size.
    case resized
    /// All is over: how many items stand where, the first of those that failed, and how many bytes were moved.
    case ended([Count], failures: [Item], bytesMoved: Int)
}
