import Ledger
import Wire

extension Driver {
    /// Moves what left followed lists to the trash, and books that.
    func lookAfterFollowed(_ now: Int64) throws(Failure) {
        guard !stopping.isAsked else { return }
        let wasAwaited = following.isAwaited
        let lines = try orLater { () throws(Failure) in try following.look(now: now, in: ledger) }
        lines?.forEach(say)
        // Lists that were settled have a time again at which they are due.
        if wasAwaited, !following.isAwaited { claims.isDue = true }
    }

    /// At the end: books what was moved since the last look.
    func finishFollowed() throws(Failure) {
        let lines = try orLater { () throws(Failure) in try following.finish(in: ledger) }
        lines?.forEach(say)
    }

    /// Tells which followed lists came into the queue, and what came of others.
    func tellFollowed(_ outcome: Batch.Outcome) {
        for id in outcome.asked { note(.added(id: id)) }
        if outcome.hasDepartures { following.isDue = true }
        for news in outcome.followed { tell(news) }
    }

    private func tell(_ news: FollowNews) {
        let name = news.title ?? news.id
        switch news.outcome {
        case .changed: say("\(name): \(news.gained) new, \(news.lost) left")
        case .gone: say("\(name) is followed no longer: \(news.message ?? "it is gone")")
        // The item itself told it.
        case .failed, .cancelled: return
        case .unchanged: break
        }
        if news.outcome != .gone, let message = news.message { say("\(name): \(message)") }
    }
}
