import Glibc
import Processes
import Wire

extension Driver {
    func handle(_ signal: Int32) {
        if signal == SIGWINCH { return note(.resized) }
        if signal == SIGUSR1 || signal == SIGHUP && isServing && !hadTerminal { return reload() }
        if Signals.asksForTheEnd(signal) { stop() }
    }

    /// Lets the records in hand finish within the grace; the second time, ends them at once.
    func stop() {
        let times = stopping.ask(now: monotonicNanoseconds(), grace: plan.grace)
        guard times == 1 else {
            if times == 2 { say("stopping now") }
            return engine.signal(SIGKILL)
        }
        let count = engine.inFlight
        if count > 0 {
            say("stopping: \(count) in hand may finish within \(Int(plan.grace)) s; once more stops at once")
        }
        engine.retire(all: false)
    }

    /// Waits until events are read, unless that is interrupted.
    func writeTheLastEvents() throws(Failure) {
        guard let outlet = observers.outlet else { return }
        while true {
            try outlet.flush()
            var polls = [outlet.poll, pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
            guard !outlet.isEmpty, poll(&polls, 2, -1) >= 0 else { return }
            if signals.drain().contains(where: Signals.asksForTheEnd) { return }
        }
    }

    /// After the grace replicas are asked to stop, and five seconds later they are killed.
    func pressToStop(_ now: Int64) {
        sweepWithdrawn()
        if let signal = stopping.signal(now: now) { engine.signal(signal) }
    }
}
