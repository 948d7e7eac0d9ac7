import Ledger
import PipelineFiles
import Wire

/// What the ledger is booking.
struct Commit {
    let answers: [Driver.Answered]
    let requests: [ItemRequest]
    /// How many changes of holds are in it.
    let holds: Int
}
