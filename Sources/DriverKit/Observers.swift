import Limiter
import Processes

/// What a driver keeps for those who watch it.
struct Observers {
    /// Where events are written, if they go to stdout: while their reader is behind, answers stay in their pipes.
    let outlet: Outlet?
    /// Whether there are any.
    let isThere: Bool
    /// Pauses that hosts asked for, as last read.
    private(set) var pauses: [Limiter.Pause] = []
    private var events: [DriverEvent] = []
    private var isCountOld = true
    private var counting = Interval(seconds: 0.2)
    private var lookingAtPauses = Interval(seconds: 0.5)

    init(outlet: Outlet?, isThere: Bool) { (self.outlet, self.isThere) = (outlet, isThere) }

    mutating func note(_ event: DriverEvent) { events.append(event) }

    mutating func drainEvents() -> [DriverEvent] {
        defer { events = [] }
        return events
    }

    /// Something was booked since items were counted.
    mutating func sawChange() { isCountOld = true }

    /// Whether it is time to count the items of each state, `now` in monotonic nanoseconds.
    mutating func wantsCount(now: Int64) -> Bool { isThere && isCountOld && counting.isOver(now: now) }

    /// They were counted.
    mutating func counted() { isCountOld = false }

    /// Reads which hosts asked for a pause, now and then.
    mutating func lookAtPauses(in folder: String, now: Int64) {
        if isThere, lookingAtPauses.isOver(now: now) { pauses = Hosts.pauses(in: folder) }
    }
}
