import Glibc

/// Limits that hold every day between two times of the local clock, in place of what else is said of their hosts.
package struct LimitPeriod: Equatable, Sendable {
    /// In minutes after midnight.
    package let start: Int
    /// In minutes after midnight; no later than the start if the period goes on after midnight.
    package let end: Int
    /// One entry per host.
    package let limits: [HostLimit]

    package init(start: Int, end: Int, limits: [HostLimit]) {
        (self.start, self.end, self.limits) = (start, end, limits)
    }

    /// The same for each of several machines.
    package func divided(by machines: Int) -> LimitPeriod {
        LimitPeriod(start: start, end: end, limits: limits.map { $0.divided(by: machines) })
    }

    /// Whether it is in force at a time, in seconds since 1970.
    package func holds(atTime seconds: Int) -> Bool {
        var (time, local) = (time_t(seconds), tm())
        localtime_r(&time, &local)
        return holds(at: Int(local.tm_hour) * 60 + Int(local.tm_min))
    }

    func holds(at minute: Int) -> Bool {
        start < end ? start <= minute && minute < end : start <= minute || minute < end
    }
}

extension [HostLimit] {
    /// These limits, and those of the periods that a time, in seconds since 1970, is in; the last of several holds.
    package func scheduled(_ periods: [LimitPeriod], at seconds: Int) -> [HostLimit] {
        var limits = self
        for period in periods where period.holds(atTime: seconds) {
            for limit in period.limits {
                limits.removeAll { $0.host.utf8.elementsEqual(limit.host.utf8) }
                limits.append(limit)
            }
        }
        return limits
    }
}
