import Ledger
import Limiter

/// All that a driver needs to know to run a pipeline.
package struct DriverPlan {
    /// Its file.
    package var ledger: String
    /// A folder, absolute.
    package var spool: String
    /// The folder of the shared limiter.
    package var hostsFolder: String
    /// Bytes that the spool may hold before nothing more is fetched.
    var spoolLimit: Int?
    /// Seconds that what is in hand gets to finish when the driver is told to stop.
    var grace: Double = 30
    var hosts: [HostLimit] = []
    /// The stages, in their order.
    package var stages: [StagePlan]
    package var route: Route
    /// The stage that brings files into the spool, by its index.
    var fetching: Int?
    /// Where the finished files go, as far as a stage tells it.
    var presence: Presence?
    /// The folder of the pictures that tracks share.
    var pictures: String

    /// For each stage how many records may lie before the next one, so that media URLs are young when they are used.
    func ahead(_ pools: [WorkerPool]) -> [Int?] {
        pools.indices.map { index in
            guard index + 1 < pools.count, pools[index].plan.mode != .expand else { return nil }
            let next = pools[index + 1]
            return max(8, next.wanted * next.window)
        }
    }
}
