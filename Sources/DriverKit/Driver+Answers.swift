import Ledger
import Limiter
import Wire

extension Driver {
    /// Weighs what stages answered, and tells what became of them.
    func take(_ event: Engine.Event) throws(Failure) {
        switch event {
        case .answered(let job, let record, let answer):
            let weighed = weigh(job, answer)
            answers.append((job, record, weighed))
            if case .failed(let failure) = weighed {
                if failure.class == .config { engine.report(failure, of: engine.crews[job.stage]) }
                if failure.class == .throttled, let host = failure.host, let seconds = failure.retryAfter {
                    note(.throttled(host: host, seconds: seconds, isKnown: failure.code == "paused"))
                    try orLater { () throws(Failure) in try hosts.pause(host: host, seconds: seconds) }
                }
            }
        case .trouble(let crew, let failure):
            note(.trouble(stage: crew.plan.name, failure))
            try note(trouble: failure.message, of: crew)
        case .wentOn(let crew):
            say("the stage \(crew.plan.name) goes on")
            try note(trouble: nil, of: crew)
        case .shortage(let crew, let failure):
            let count = "\(crew.replicas.count) of its \(crew.wanted) replicas"
            say("the stage \(crew.plan.name) has \(count): \(failure.message)")
        case .note(let crew, let replica, let text):
            // What it says while it looks is what it is halted for, again and again.
            if crew.standstill?.hasLooked != true {
                note(.note(stage: crew.plan.name, replica: replica.number, text))
            }
        }
    }
}
