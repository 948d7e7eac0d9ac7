import Testing

@testable import Display

@Suite struct AmountsTests {
    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1049, "1.0 kB"), (1050, "1.1 kB"), (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"), (999_500, "1.0 MB"), (8_400_000, "8.4 MB"), (2_000_000_000, "2.0 GB"),
        (5_000_000_000_000_000, "5000 TB")
    ])
    func `sizes have one or three figures`(bytes: Int, text: String) { #expect(sizeText(bytes) == text) }

    @Test(arguments: [
        (0, "0:00"), (7.4, "0:07"), (59.6, "1:00"), (723, "12:03"), (7510, "2:05:10"), (359_999, "99:59:59"),
        (360_000, "4 days"), (1e300, "1000000 days")
    ])
    func `durations are written as clocks do`(seconds: Double, text: String) { #expect(durationText(seconds) == text) }

    @Test func `a moment is written in UTC`() {
        #expect(timeText(milliseconds: 0) == "1970-01-01T00:00:00Z")
        #expect(timeText(milliseconds: 1_000_000_000_999) == "2001-09-09T01:46:40Z")
    }

    @Test func `a time says its day when that is not today`() {
        // Noon in any zone is far from midnight in few, so the day is asked of the clock itself.
        let now = 1_700_000_000.0
        #expect(clockText(now, now: now).count == 8 && clockText(now, now: now) == clockText(now + 0.5, now: now))
        for days in [-400.0, -1, 1, 5, 400] {
            let text = clockText(now + days * 86_400, now: now)
            #expect(text.count == 16 && text.hasPrefix("202") && text.dropFirst(10).first == " ")
        }
        let other = clockText(now + 5 * 86_400, now: now)
        #expect(other.dropFirst(11) == clockText(now, now: now).prefix(5))
    }
}
