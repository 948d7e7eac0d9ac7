import Ledger
import Limiter
import Wire

extension Driver {
    /// Judges the answers of the stages, and tells what became of them.
    func handle(_ event: Engine.Event) throws(Failure) {
        switch event {
        case .answered(let job, let record, let answer, let time):
            let weighed = weigh(job, answer, time)
            booking.add((job, record, weighed), now: monotonicNanoseconds())
            if case .failed(let failure) = weighed {
                if failure.class == .config { engine.report(failure, of: engine.pools[job.stage]) }
                if failure.class == .throttled, let host = failure.host, let seconds = failure.retryAfter {
                    note(.throttled(host: host, seconds: seconds, isKnown: failure.code == "paused"))
                    try orLater { () throws(Failure) in try hosts.pause(host: host, seconds: seconds) }
                }
            }
        case .trouble(let pool, let failure):
            note(.trouble(stage: pool.plan.name, failure))
            try note(trouble: failure, of: pool)
        case .wentOn(let pool):
            say("the stage \(pool.plan.name) goes on")
            try note(trouble: nil, of: pool)
        case .shortage(let pool, let failure):
            let count = "\(pool.replicas.count) of its \(pool.wanted) replicas"
            say("the stage \(pool.plan.name) has \(count): \(failure.message)")
        case .note(let pool, let replica, let text):
            // While it tries, it only repeats what it is halted for.
            if pool.standstill?.hasLooked != true {
                note(.note(stage: pool.plan.name, replica: replica.number, text))
            }
        }
    }
}
