import Ledger
import Limiter

/// The stages in order, and the settings that apply to all of them. Paths are relative to where segue was started.
package struct Pipeline: Equatable {
    /// The file that it was read from, as messages name it.
    package var path: String
    /// The ledger's file.
    package var ledger = "state/ledger.sqlite"
    /// The folder for files on their way.
    package var spool = "state/spool"
    /// How many bytes the spool may hold before fetching stops.
    package var spoolLimit: Int?
    package var retry = Backoff()
    /// The folder that people put music into; nil for none.
    package var inbox: String?
    /// Seconds that something in it must not have changed before it is taken in.
    package var inboxStillness = 60.0
    /// Seconds in which each file of the library is read again; nil for never.
    package var scrub: Double?
    /// Seconds that records in hand get to finish when the driver is told to stop.
    package var grace = 30.0
    /// The path of a file of certificates to trust besides the system's.
    package var ca: String?
    /// The limits of hosts, one entry per host.
    package var hosts: [HostLimit] = []
    /// Other limits at other times.
    package var schedule: [LimitPeriod] = []
    /// Who is told of what happens.
    package var recipients: [Recipient] = []
    /// The stages, in order.
    package var stages: [Stage] = []
    /// Whether stages are held to what they need; a command may say otherwise.
    package var jail = JailUse.on
}
