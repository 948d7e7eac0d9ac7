import Ledger
import Limiter

/// The stages in their order, and what holds for all of them. Paths are relative to where segue was started.
struct Pipeline: Equatable {
    /// The file that it stands in, as messages name it.
    var path: String
    /// The ledger's file.
    var ledger = "state/ledger.sqlite"
    /// The folder of files on their way.
    var spool = "state/spool"
    /// Bytes in the spool from which on nothing more is fetched.
    var spoolLimit: Int?
    var retry = Backoff()
    /// Seconds that what is in hand gets to finish when the driver is told to stop.
    var grace = 30.0
    var hosts: [HostLimit] = []
    var stages: [Stage] = []
}
