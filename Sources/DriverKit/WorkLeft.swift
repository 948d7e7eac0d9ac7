import Ledger
import Wire

/// Whether a driver has anything left to do: from what it knows itself, and else by asking the ledger.
struct WorkLeft {
    /// Whether a batch is being booked, or replicas have records or news.
    var isUnderWay = false
    /// Whether there are answers that are not booked yet.
    var hasAnswers = false
    /// Whether the ledger takes nothing now.
    var waitsForLedger = false
    /// Whether it was told to stop.
    var isAsked = false
    /// Whether it waits for more when nothing is due.
    var isServing = false
    /// Whether there may be something to claim that the last look did not find.
    var isDue = false
    /// Whether requests may still come on stdin.
    var awaitsRequests = false

    /// Nil where the ledger has to be asked.
    var isDone: Bool? {
        if isUnderWay { return false }
        // What a full ledger does not take, the next driver does again.
        if waitsForLedger { return isAsked }
        if hasAnswers { return false }
        if isAsked { return true }
        return isServing || isDue || awaitsRequests ? false : nil
    }

    /// The same where the ledger holds something back; nil where the stages have to be looked at.
    ///
    /// A user who paused something while this driver ran expects the driver to stay.
    static func isDone(isPaused: Bool, wasPausedMeanwhile: Bool, wasPausedBefore: Bool) -> Bool? {
        guard isPaused, wasPausedMeanwhile || wasPausedBefore else { return nil }
        return !wasPausedMeanwhile
    }

    /// A stage, as far as its items are concerned.
    struct Stage {
        /// Why it is halted.
        var trouble: Failure.Code?
        /// Whether it is not yet clear what a refusal holds back.
        var isUndecided = false
        /// The items that wait, without those that need something refused.
        var standing = Standing()
        /// Whether an item came back to it with the last answers.
        var hasReturned = false
        /// Whether its next start was put off since the last check, or waits for a replica to end.
        var startsLater = false
    }

    enum Verdict {
        /// Something will come by itself.
        case goesOn
        /// What came back could not be claimed yet when the last answers were booked.
        case claimsAgain
        /// Only halted stages have anything left: each tries once more.
        case looksAtLast
        case done
    }

    static func verdict(of stages: [Stage]) -> Verdict {
        let working = stages.filter { $0.trouble == nil }
        if working.contains(where: { $0.isUndecided || $0.standing.waiting > 0 }) { return .goesOn }
        guard working.contains(where: { $0.standing.ready > 0 }) else { return .looksAtLast }
        if working.contains(where: \.hasReturned) { return .claimsAgain }
        // Disk space may be freed, and a start that was put off has not been tried yet.
        let mayGoOn = stages.contains { $0.trouble == "disk_full" } || working.contains(where: \.startsLater)
        return mayGoOn ? .goesOn : .done
    }
}
