import Glibc
import Ledger
import Processes
import Wire

/// What the end of a replica means for the records that it had.
struct Verdict {
    /// Whether it went by itself, with work in hand or nothing done.
    let isUnasked: Bool
    /// What keeps the whole stage from going on.
    var trouble: Failure?
    private let sentence: Replica.Sentence?
    private let how: String
    private let isBatch: Bool
    private let blamesNobody: Bool
    private let endedWell: Bool

    /// Exit statuses that speak of the machine, not of a record: usage, configuration.
    private static let configurationStatuses: Set<Int32> = [64, 78]
    /// "Later": something that it needs is down, or it was told to stop.
    private static let laterStatuses: Set<Int32> = [69, 75]

    init(_ replica: Replica, _ left: [Flight], isBatch: Bool, blamesNobody: Bool) {
        (sentence, self.isBatch, self.blamesNobody) = (replica.sentence, isBatch, blamesNobody)
        let ending = replica.child.ending ?? .signalled(SIGKILL)
        endedWell = ending == .exited(0)
        let words = replica.errors.reason(ending).map { ": \($0)" } ?? ""
        switch ending {
        case .exited(let status):
            how = "it ended with status \(status)\(words)"
            if sentence == nil, Self.configurationStatuses.contains(status) {
                trouble = .config(status == Status.usage ? "usage" : "stage_ended", how)
            }
        case .signalled(let signal): how = "it died of signal \(signal)\(words)"
        }
        let isLater = if case .exited(let status) = ending { Self.laterStatuses.contains(status) } else { false }
        isUnasked =
            switch sentence {
            case .broke: true
            case .stopped, .one: false
            case nil: !replica.isRetiring || !left.isEmpty || (isBatch && !endedWell)
            }
        if isLater { isLaterEnding = true }
    }

    private var isLaterEnding = false

    func answer(for flight: Flight) -> Answer {
        switch sentence {
        case .stopped: return .returned
        case .one(let key, let failure):
            return key == Key(flight.record.id) ? failure.map(Answer.failed) ?? .returned : .returned
        case .broke(let failure): return flight.job.alone ? .failed(failure) : .lost(failure.message)
        case nil: break
        }
        if trouble != nil || isLaterEnding { return .returned }
        if isBatch, endedWell {
            return .failed(.transient("no_answer", "the stage ended without an answer to it"))
        }
        return blamesNobody ? .returned : .lost(how)
    }
}
