import Testing

@testable import DriverKit

@Suite struct EchoTests {
    private let story = ["Traceback:", "  in work", "ValueError: no"]

    private func shown(_ lines: [String], after known: [String], _ echo: inout Echo) -> [String] {
        lines.flatMap { echo.add($0, after: known, now: 0) }
    }

    @Test func `what nobody said before is shown at once`() {
        var echo = Echo()
        #expect(shown(story, after: [], &echo) == story)
        #expect(echo.fold() == [])
        #expect(echo.said == story)
    }

    @Test func `the same story is told in a word`() {
        var echo = Echo()
        #expect(shown(story, after: story, &echo) == [])
        #expect(echo.fold() == ["(3 lines as before)"])
    }

    @Test func `what is new at its end is told`() {
        var echo = Echo()
        #expect(
            shown(["Traceback:", "  in work", "KeyError: 7"], after: story, &echo)
                == ["(2 lines as before)", "KeyError: 7"])
        #expect(shown(["and more"], after: story, &echo) == ["and more"])
    }

    @Test func `one line is shown as it is`() {
        var echo = Echo()
        #expect(shown(["Traceback:", "other"], after: story, &echo) == ["Traceback:", "other"])
    }

    @Test func `one that answers, or lives on, shows what it said`() {
        var echo = Echo()
        #expect(shown(Array(story.prefix(2)), after: story, &echo) == [])
        #expect(echo.showIfOld(now: 1_000_000_000) == [])
        #expect(echo.showIfOld(now: 3_000_000_000) == Array(story.prefix(2)))
        #expect(shown(["ValueError: no"], after: story, &echo) == ["ValueError: no"])
        #expect(echo.begin() == [])
        #expect(shown(story, after: story, &echo) == [])
        #expect(echo.begin() == story)
        #expect(echo.said == [])
    }
}
