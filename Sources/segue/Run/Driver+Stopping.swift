import Glibc
import Wire

extension Driver {
    func take(_ signal: Int32) {
        if signal == SIGWINCH { return monitor.resized() }
        if Signals.asksForTheEnd(signal) { stop() }
    }

    /// Lets what is in hand finish within the grace; the second time, ends it.
    func stop() {
        asked += 1
        guard asked == 1 else {
            if asked == 2 { monitor.say("stopping now") }
            return engine.signal(SIGKILL)
        }
        stopAt = monotonicNanoseconds() + Int64(plan.grace * 1e9)
        let count = engine.inHand
        if count > 0 {
            monitor.say("stopping: \(count) in hand may finish within \(Int(plan.grace)) s; once more stops at once")
        }
        engine.retire(all: false)
    }

    /// Waits until events are read, unless that is interrupted.
    func tellTheLastEvents() throws(Failure) {
        guard let outlet = monitor.lines?.outlet else { return }
        while true {
            try outlet.flush()
            var polls = [outlet.poll, pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
            guard !outlet.isEmpty, poll(&polls, 2, -1) >= 0 else { return }
            if signals.take().contains(where: Signals.asksForTheEnd) { return }
        }
    }

    /// After the grace replicas are asked to stop, and five seconds later they are ended.
    func pressToStop(_ now: Int64) {
        sweepWithdrawn()
        guard let stopAt, now > stopAt else { return }
        if now > stopAt + 5_000_000_000 { return engine.signal(SIGKILL) }
        if !isAskedToStop { engine.signal(SIGTERM) }
        isAskedToStop = true
    }
}
