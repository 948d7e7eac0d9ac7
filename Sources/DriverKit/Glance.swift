import Limiter
import Wire

/// How far a driver has come, at one moment.
package struct Glance {
    /// Bytes that stages reported as moved in this run.
    package let bytesMoved: Int
    /// The replicas that have something in hand, in the order of their stages.
    package let busy: [Busy]
    /// The stages, in their order.
    package let stages: [Stage]
    /// Pauses that hosts asked for.
    package let pauses: [Limiter.Pause]
    package let isStopping: Bool
    /// Whether nothing more is fetched until what failed later is tried again or cancelled.
    package let isSpoolFull: Bool

    /// A replica with what it has in hand.
    package struct Busy {
        /// The stage by its index, and by its name.
        package let stage: Int
        package let name: String
        package let replica: Int
        /// What it has in hand, in no particular order.
        package let flights: [InFlight]
    }

    /// What a stage is working on.
    package struct Stage {
        package let name: String
        /// Records that wait for it.
        package let ready: Int
        /// Records that it has.
        package let running: Int
        /// The most replicas that it may have.
        package let replicas: Int
        /// Why it is halted.
        package let trouble: Failure?
        /// What it holds back, by need, and why.
        package let holds: [(need: String, failure: Failure)]
    }
}
