import Ledger
import Limiter

/// The stages in their order, and what holds for all of them. Paths are relative to where segue was started.
package struct Pipeline: Equatable {
    /// The file that it stands in, as messages name it.
    package var path: String
    /// The ledger's file.
    package var ledger = "state/ledger.sqlite"
    /// The folder of files on their way.
    package var spool = "state/spool"
    /// Bytes in the spool from which on nothing more is fetched.
    package var spoolLimit: Int?
    package var retry = Backoff()
    /// Seconds that what is in hand gets to finish when the driver is told to stop.
    package var grace = 30.0
    /// What holds for hosts, one entry a host.
    package var hosts: [HostLimit] = []
    /// The stages, in their order.
    package var stages: [Stage] = []
}
