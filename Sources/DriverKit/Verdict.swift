import Glibc
import Ledger
import Processes
import Wire

/// What the end of a replica means for the records that it had.
struct Verdict {
    /// Whether it ended unasked, with work in hand or nothing done.
    let isUnasked: Bool
    /// What keeps the whole stage from going on.
    var trouble: Failure?
    private let sentence: Replica.Sentence?
    private let how: String
    private let isBatch: Bool
    private let blamesNobody: Bool
    private let endedWell: Bool
    /// Whether its exit status said "try later".
    private let isLater: Bool

    /// Exit statuses that concern the machine and not a record: usage, configuration.
    private static let configurationStatuses: Set<Int32> = [64, 78]
    /// "Try later": something that it needs is down, or it was told to stop.
    private static let laterStatuses: Set<Int32> = [69, 75]

    init(_ replica: Replica, _ left: [InFlight], isBatch: Bool, blamesNobody: Bool) {
        let ending = replica.child.ending ?? .signalled(SIGKILL)
        self.init(
            ending, replica.sentence, reason: replica.reason, isRetiring: replica.isRetiring,
            hasWork: !left.isEmpty, isBatch: isBatch, blamesNobody: blamesNobody)
    }

    /// `reason` is why it ended, as far as it said; `hasWork` tells whether it left records without an answer, and
    /// `isRetiring` whether it had been told that no more would come.
    init(
        _ ending: Child.Ending, _ sentence: Replica.Sentence?, reason: String? = nil, isRetiring: Bool = false,
        hasWork: Bool = true, isBatch: Bool = false, blamesNobody: Bool = false
    ) {
        (self.sentence, self.isBatch, self.blamesNobody) = (sentence, isBatch, blamesNobody)
        endedWell = ending == .exited(0)
        let words = reason.map { ": \($0)" } ?? ""
        switch ending {
        case .exited(let status):
            how = "it ended with status \(status)\(words)"
            isLater = Self.laterStatuses.contains(status)
            if sentence == nil, Self.configurationStatuses.contains(status) {
                trouble = .config(status == ExitStatus.usage.rawValue ? "usage" : "stage_ended", how)
            }
        case .signalled(let signal): (how, isLater) = ("it died of signal \(signal)\(words)", false)
        }
        isUnasked =
            switch sentence {
            case .broke: true
            case .stopped, .one: false
            case nil: !isRetiring || hasWork || (isBatch && !endedWell)
            }
    }

    func answer(for flight: InFlight) -> Answer {
        switch sentence {
        case .stopped: return .returned
        case .one(let key, let failure):
            return key == Key(flight.record.id) ? failure.map(Answer.failed) ?? .returned : .returned
        case .broke(let failure): return flight.job.alone ? .failed(failure) : .lost(failure.message)
        case nil: break
        }
        if trouble != nil || isLater { return .returned }
        if isBatch, endedWell {
            return .failed(.transient("no_answer", "the stage ended without an answer to it"))
        }
        return blamesNobody ? .returned : .lost(how)
    }
}
