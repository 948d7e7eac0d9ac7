import Glibc
import Testing
import Wire

@testable import Limiter

@Suite struct LimitPeriodTests {
    private let night = LimitPeriod(start: 23 * 60, end: 7 * 60, limits: [HostLimit(host: "+")])
    private let work = LimitPeriod(start: 9 * 60, end: 17 * 60, limits: [HostLimit(host: "a", parallel: 1)])
    private let own = [HostLimit(host: "a", rate: 1), HostLimit(host: "+", bytes: 1000)]

    /// The time, in seconds since 1970, that the local clock shows.
    private func time(_ hour: Int32, _ minute: Int32, month: Int32 = 6, day: Int32 = 1) -> Int {
        var local = tm()
        (local.tm_year, local.tm_mon, local.tm_mday) = (126, month - 1, day)
        (local.tm_hour, local.tm_min, local.tm_isdst) = (hour, minute, -1)
        return mktime(&local)
    }

    @Test func `a period holds from its start to before its end, and over midnight`() {
        let holding = [(22, 59), (23, 0), (0, 0), (6, 59), (7, 0)].map { night.holds(at: $0 * 60 + $1) }
        #expect(holding == [false, true, true, true, false])
        let day = LimitPeriod(start: 0, end: 1440, limits: [])
        #expect(day.holds(at: 0) && day.holds(at: 1439))
    }

    @Test func `a period's limits take the place of those of the same hosts`() {
        #expect(own.scheduled([night, work], at: time(8, 0)) == own)
        #expect(own.scheduled([night, work], at: time(2, 30)) == [own[0], night.limits[0]])
        #expect(own.scheduled([night, work], at: time(12, 0)) == [own[1], work.limits[0]])
    }

    @Test func `a period is the same after it was written and read`() throws {
        #expect(LimitPeriod(night.json.value) == night && LimitPeriod(work.json.value) == work)
        let text = String(decoding: night.json.value.text, as: UTF8.self)
        #expect(text == #"{"time":"23:00-07:00","limits":[{"host":"+"}]}"#)
        let limits = [HostLimit(host: "a", parallel: 2, rate: 0.3, bytes: 5000, segments: 4)]
        let day = LimitPeriod(start: 0, end: 1440, limits: limits)
        #expect(LimitPeriod(day.json.value) == day)
        for text in ["{}", "7", #"{"time":"7-9"}"#, #"{"time":"07:00-07:00","limits":[]}"#] {
            #expect(LimitPeriod(try JSON(parsing: Array(text.utf8))) == nil)
        }
    }

    @Test func `of several periods the last one holds`() {
        let noon = LimitPeriod(start: 12 * 60, end: 13 * 60, limits: [HostLimit(host: "a", parallel: 9)])
        #expect(own.scheduled([work, noon], at: time(12, 30)).contains(noon.limits[0]))
        #expect(!own.scheduled([noon, work], at: time(12, 30)).contains(noon.limits[0]))
    }
}
