import Ledger
import Limiter
import Wire

/// Sets the limits of hosts when the schedule has others. What a user set meanwhile holds until then.
struct LimitSchedule {
    private let plan: DriverPlan
    private var limits: [HostLimit]
    private var looking = Interval(seconds: 1)

    /// For a driver that has set the limits of this time, in milliseconds since 1970.
    init(_ plan: DriverPlan, now: Int64) { (self.plan, limits) = (plan, plan.limits(now: now)) }

    /// Sets what holds from now on, `now` in monotonic nanoseconds; says so if that is new.
    mutating func next(now: Int64) -> String? {
        guard !plan.schedule.isEmpty, looking.isOver(now: now) else { return nil }
        let next = plan.limits(now: millisecondsSince1970())
        // What cannot be written now is tried again in a second.
        guard next != limits, (try? Hosts.set(next, in: plan.hostsFolder)) != nil else { return nil }
        limits = next
        return "other limits of hosts hold from now on, by the schedule"
    }
}
