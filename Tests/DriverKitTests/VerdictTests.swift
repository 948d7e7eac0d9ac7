import Ledger
import Processes
import Testing
import Wire

@testable import DriverKit

/// What the end of a replica means, by how it ended, why it was killed, and what kind of stage it is of.
@Suite struct VerdictTests {
    private static let broke = Replica.Sentence.broke(
        .transient("protocol", "the stage wrote a line that is no record"))
    private static let late = Replica.Sentence.one(Key("c:track:1"), .transient("timeout", "no answer within 5 s"))
    private static let withdrawn = Replica.Sentence.one(Key("c:track:1"), nil)

    private func flight(_ id: String = "c:track:1", alone: Bool = false) -> InFlight {
        let job = Job(item: 1, claim: 1, id: id, stage: 0, line: [], alone: alone)
        return InFlight(job: job, record: Record(kind: "track", id: id), since: 0)
    }

    /// An answer in a word: the code of a failure, or `lost`, or `returned`.
    private func word(_ answer: Answer) -> String {
        switch answer {
        case .failed(let failure): failure.code.rawValue
        case .lost: "lost"
        case .returned: "returned"
        case .final, .member, .held: "another"
        }
    }

    @Test(
        arguments: [
            (.signalled(9), nil, "lost"), (.signalled(11), nil, "lost"), (.exited(1), nil, "lost"),
            (.exited(0), nil, "lost"), (.exited(70), nil, "lost"), (.exited(64), nil, "returned"),
            (.exited(78), nil, "returned"), (.exited(69), nil, "returned"), (.exited(75), nil, "returned"),
            (.signalled(9), .stopped, "returned"), (.exited(1), .stopped, "returned"),
            (.signalled(9), broke, "lost"), (.signalled(9), late, "timeout"), (.exited(0), late, "timeout"),
            (.signalled(9), withdrawn, "returned")
        ] as [(Child.Ending, Replica.Sentence?, String)])
    func `what becomes of a record in flight`(ending: Child.Ending, sentence: Replica.Sentence?, answer: String) {
        #expect(word(Verdict(ending, sentence).answer(for: flight())) == answer)
    }

    @Test func `a record beside the one that took too long is not to blame`() {
        #expect(word(Verdict(.signalled(9), Self.late).answer(for: flight("c:track:2"))) == "returned")
    }

    @Test func `a suspect with which a replica broke the contract has failed`() {
        #expect(word(Verdict(.signalled(9), Self.broke).answer(for: flight(alone: true))) == "protocol")
    }

    @Test func `a batch that ends well has answered all that it could`() {
        #expect(word(Verdict(.exited(0), nil, isBatch: true).answer(for: flight())) == "no_answer")
        #expect(word(Verdict(.exited(1), nil, isBatch: true).answer(for: flight())) == "lost")
    }

    @Test func `a stage that looks whether it can go on blames no record`() {
        #expect(word(Verdict(.signalled(9), nil, blamesNobody: true).answer(for: flight())) == "returned")
    }

    @Test(
        arguments: [
            (.exited(64), nil, "usage"), (.exited(78), nil, "stage_ended"), (.exited(69), nil, nil),
            (.exited(1), nil, nil), (.signalled(9), nil, nil), (.exited(78), .stopped, nil), (.exited(78), broke, nil)
        ] as [(Child.Ending, Replica.Sentence?, String?)])
    func `only a bad set-up stops the stage at once`(
        ending: Child.Ending, sentence: Replica.Sentence?, code: String?
    ) {
        let verdict = Verdict(ending, sentence, reason: "no keyring")
        #expect(verdict.trouble?.code.rawValue == code)
        if code != nil { #expect(verdict.trouble?.message.hasSuffix(": no keyring") == true) }
    }

    @Test(
        arguments: [
            (.exited(0), nil, true, false, false, false), (.exited(0), nil, true, true, false, true),
            (.exited(0), nil, false, false, false, true), (.exited(1), nil, true, false, true, true),
            (.exited(0), nil, true, false, true, false), (.signalled(9), .stopped, true, true, false, false),
            (.signalled(9), late, true, true, false, false), (.signalled(9), broke, true, false, false, true)
        ] as [(Child.Ending, Replica.Sentence?, Bool, Bool, Bool, Bool)])
    func `who went unasked makes the next start wait`(
        ending: Child.Ending, sentence: Replica.Sentence?, isRetiring: Bool, hasWork: Bool, isBatch: Bool,
        isUnasked: Bool
    ) {
        let verdict = Verdict(ending, sentence, isRetiring: isRetiring, hasWork: hasWork, isBatch: isBatch)
        #expect(verdict.isUnasked == isUnasked)
    }
}
