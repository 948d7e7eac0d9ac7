import Ledger
import Limiter
import Wire

/// Sets the limits of hosts when the schedule has others. What a user set meanwhile holds until then.
struct LimitSchedule {
    private var plan: DriverPlan
    private var limits: [HostLimit]
    private var looking = Interval(seconds: 1)

    /// For a driver that has set the limits of this time, in milliseconds since 1970.
    init(_ plan: DriverPlan, now: Int64) { (self.plan, limits) = (plan, plan.limits(now: now)) }

    /// Keeps to other periods, from its next look on.
    mutating func take(_ periods: [LimitPeriod]) {
        plan.schedule = periods
        looking.end()
    }

    /// Sets what holds from now on, `now` in monotonic nanoseconds; says so if that is new.
    mutating func next(now: Int64) -> String? {
        guard looking.isOver(now: now) else { return nil }
        let next = plan.limits(now: millisecondsSince1970())
        // What cannot be written now is tried again in a second.
        guard next != limits, (try? Hosts.set(next, in: plan.hostsFolder)) != nil else { return nil }
        limits = next
        return "other limits of hosts hold from now on, by the schedule"
    }
}

/// The ledger has the schedule of its driver, so that it can be changed while that runs.
private let scheduleSetting = "schedule"

extension Change {
    /// Has the driver keep to other periods, until it ends or its pipeline file has others.
    ///
    /// - Throws: what ``Change`` throws.
    package func set(schedule: [LimitPeriod]) throws {
        let text = JSON.array(schedule.map(\.json.value)).text
        try set(scheduleSetting, String(decoding: text, as: UTF8.self))
    }
}

extension Ledger {
    /// The periods that its driver keeps to, in their order; nil before the first driver.
    ///
    /// - Throws: what ``Ledger`` throws.
    package func schedule() throws(Failure) -> [LimitPeriod]? {
        let json = try setting(scheduleSetting).flatMap { try? JSON(parsing: Array($0.utf8)) }
        return json?.elements.compactMap(LimitPeriod.init)
    }
}
