import Testing
import Wire

@testable import origin

@Suite struct PlanTests {
    private func plan(_ text: String) throws(Failure) -> FaultPlan { try FaultPlan(Array(text.utf8), name: "plan") }

    @Test func `a plan is one fault a line, and blank lines are none`() throws {
        let plan = try plan(
            "{\"track\":7,\"fault\":\"throttle\",\"tries\":2,\"retry_after_s\":1}\n\n  \r\n{\"track\":\"*\",\"fault\":\"gone\"}"
        )
        #expect(
            plan.faults == [
                Fault(kind: .throttle, song: 7, tries: 2, retryAfter: 1),
                Fault(kind: .gone, song: nil, tries: 1, retryAfter: nil)
            ])
    }

    @Test(arguments: [
        "{", "7", "{}", #"{"track":1,"fault":"fire"}"#, #"{"track":1}"#, #"{"fault":"gone"}"#,
        #"{"track":0,"fault":"gone"}"#,
        #"{"track":"1","fault":"gone"}"#, #"{"track":1,"fault":"gone","tries":0}"#,
        #"{"track":1,"fault":"gone","tries":"2"}"#,
        #"{"track":1,"fault":"gone","try":2}"#, #"{"track":1,"fault":"throttle","retry_after_s":-1}"#
    ])
    func `a line that is wrong is named`(line: String) {
        let failure = #expect(throws: Failure.self) { try plan("{\"track\":1,\"fault\":\"gone\"}\n\(line)\n") }
        #expect(failure?.class == .config)
        #expect(failure?.message.hasPrefix("line 2 of plan: ") == true)
    }

    @Test func `faults are used up one after the other and track by track`() async throws {
        let faults = Faults(
            try plan("{\"track\":\"*\",\"fault\":\"gone\",\"tries\":2}\n{\"track\":1,\"fault\":\"reset\"}"))
        var kinds: [Fault.Kind?] = []
        for song in [1, 1, 2, 1, 1, 2, 2] { kinds.append(await faults.next(for: song, at: .file)?.kind) }
        #expect(kinds == [.gone, .gone, .gone, .reset, nil, .gone, nil])
    }

    @Test func `a fault waits for the request that it is for`() async throws {
        let faults = Faults(
            try plan(
                "{\"track\":1,\"fault\":\"quota\"}\n{\"track\":1,\"fault\":\"ignore_range\"}\n{\"track\":1,\"fault\":\"error\"}"
            ))
        #expect(await faults.next(for: 1, at: .file)?.kind == .error)
        #expect(await faults.next(for: 1, at: .fileInPart)?.kind == .ignoreRange)
        #expect(await faults.next(for: 1, at: .media)?.kind == .quota)
        #expect(await faults.next(for: 1, at: .media) == nil)
    }
}
