import Ledger
import Testing

@testable import DriverKit

@Suite struct WorkLeftTests {
    @Test(
        arguments: [
            (WorkLeft(), nil), (WorkLeft(isUnderWay: true, isAsked: true), false), (WorkLeft(isDue: true), false),
            (WorkLeft(isServing: true), false), (WorkLeft(awaitsRequests: true), false),
            (WorkLeft(hasAnswers: true, isAsked: true), false), (WorkLeft(isAsked: true), true),
            (WorkLeft(isAsked: true, isServing: true, isDue: true, awaitsRequests: true), true),
            // What a full ledger does not take is left to the next driver.
            (WorkLeft(hasAnswers: true, waitsForLedger: true, isAsked: true), true),
            (WorkLeft(waitsForLedger: true), false)
        ] as [(WorkLeft, Bool?)])
    func `a driver is done by what it knows itself`(left: WorkLeft, isDone: Bool?) { #expect(left.isDone == isDone) }

    @Test(arguments: [
        (true, true, true, false), (true, true, false, false), (true, false, true, true), (true, false, false, nil),
        (false, true, true, nil), (false, false, false, nil)
    ])
    func `what was paused before is no reason to stay, and what is paused now is`(
        isPaused: Bool, meanwhile: Bool, before: Bool, isDone: Bool?
    ) {
        let told = WorkLeft.isDone(isPaused: isPaused, wasPausedMeanwhile: meanwhile, wasPausedBefore: before)
        #expect(told == isDone)
    }

    private static let idle = WorkLeft.Stage()
    private static let ready = WorkLeft.Stage(standing: Standing(ready: 1))
    private static let halted = WorkLeft.Stage(trouble: "no_keyring", standing: Standing(ready: 1))
    private static let full = WorkLeft.Stage(trouble: "disk_full", standing: Standing(ready: 1))

    @Test(
        arguments: [
            ([idle, idle], .looksAtLast), ([halted, idle], .looksAtLast),
            ([WorkLeft.Stage(standing: Standing(waiting: 1)), idle], .goesOn),
            ([WorkLeft.Stage(trouble: "no_keyring", standing: Standing(waiting: 1)), idle], .looksAtLast),
            ([WorkLeft.Stage(isUndecided: true), idle], .goesOn),
            ([WorkLeft.Stage(standing: Standing(ready: 1), hasReturned: true)], .claimsAgain),
            ([WorkLeft.Stage(trouble: "no_keyring", hasReturned: true), ready], .done),
            ([ready, full], .goesOn), ([ready, halted], .done),
            ([WorkLeft.Stage(standing: Standing(ready: 1), startsLater: true), halted], .goesOn),
            ([WorkLeft.Stage(trouble: "no_keyring", startsLater: true), ready], .done)
        ] as [([WorkLeft.Stage], WorkLeft.Verdict)])
    func `a driver is done when nothing that works has anything before it`(
        stages: [WorkLeft.Stage], verdict: WorkLeft.Verdict
    ) {
        #expect(WorkLeft.verdict(of: stages) == verdict)
    }
}
