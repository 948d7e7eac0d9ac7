import Ledger
import Limiter
import PipelineFiles

/// All that a driver needs to know to run a pipeline.
package struct DriverPlan {
    /// The pipeline file.
    package var ledger: String
    /// A folder, absolute.
    package var spool: String
    /// The folder of the shared limiter.
    package var hostsFolder: String
    /// Bytes in the spool from which on nothing more is fetched.
    var spoolLimit: Int?
    /// Seconds that records in hand get to finish when the driver is told to stop.
    var grace: Double = 30
    var hosts: [HostLimit] = []
    /// Other limits at other times.
    var schedule: [LimitPeriod] = []
    /// The stages, in their order.
    package var stages: [StagePlan]
    package var route: Route
    /// The stages that have replicas, by their index; nil for all. What is at another one stays there.
    var active: Set<Int>?
    /// The index of the stage that writes media into the spool.
    var fetching: Int?
    /// The index of the stage that takes in folders, and unpacks archives into the spool.
    var taking: Int?
    /// The pipeline that it is of, for a driver that may read its file again.
    package var pipeline: Pipeline?
    /// The folder that people put music into, absolute; nil for none.
    package var inbox: String?
    /// How long something in it must not have changed before it is taken in, in seconds.
    package var inboxStillness: Double = 60
    /// Whether it asks for the lists that are followed.
    var isFollowing = false
    /// How the library is read again meanwhile; nil for not at all.
    var scrub: Scrub?
    /// Where the finished files go, if a stage says so.
    var presence: Presence?
    /// Whether finished files go into a library.
    package var hasLibrary: Bool { presence != nil }
    /// The folder of the pictures that tracks share.
    var pictures: String
    /// Who is told of what happens.
    var recipients: [Pipeline.Recipient] = []
    /// The environment of their programs, by variable.
    var environment: [String: String] = [:]
    /// Whether these are held to what they need, as stages are.
    var holdsRecipients = true

    /// The limits that hold at a time, in milliseconds since 1970.
    func limits(now: Int64) -> [HostLimit] { hosts.scheduled(schedule, at: Int(now / 1000)) }

    /// The indices of the stages that write files of items into the spool.
    var spooling: [Int] { [fetching, taking].compactMap(\.self) }

    /// For each stage how many records may wait at the next one, so that media URLs are fresh when they are used.
    func ahead(_ pools: [WorkerPool]) -> [Int?] {
        pools.indices.map { index in
            guard index + 1 < pools.count, pools[index].plan.mode != .expand, isActive(index + 1) else { return nil }
            let next = pools[index + 1]
            return max(8, next.wanted * next.window)
        }
    }
}
