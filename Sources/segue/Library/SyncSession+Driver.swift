import Display
import DriverKit
import Glibc
import Ledger
import PipelineFiles
import Processes
import Wire

extension SyncSession {
    /// Works on the requests until they have ended, or leaves that to the driver that runs; returns the exit status.
    func work(off plan: DriverPlan, adding requests: [ItemRequest], _ monitor: Monitor) throws(Failure) -> Int32 {
        do throws(Failure) {
            return try Run.work(off: plan, adding: requests, nil, monitor)
        } catch let error where error.code == "driver_runs" {
            return try handOver(requests, off: plan, monitor)
        }
    }

    private func handOver(
        _ requests: [ItemRequest], off plan: DriverPlan, _ monitor: Monitor
    ) throws(Failure) -> Int32 {
        let (signals, ledger) = (try Signals(), try Ledger(path: plan.ledger))
        try ledger.change(now: millisecondsSince1970(), route: plan.route) { change in
            for request in requests { _ = try change.add(request) }
        }
        monitor.say("the driver that runs works on it")
        while true {
            let items = try requests.map { request throws(Failure) in try ledger.show(request.record.id)?.item }
                .compactMap(\.self)
            if items.allSatisfy({ $0.finished != nil }) {
                return items.contains { $0.state == .failed } ? ExitStatus.failed.rawValue : 0
            }
            // What it left is picked up here.
            if !DriverLock.isHeld(ledger: plan.ledger) { return try work(off: plan, adding: [], monitor) }
            var polls = [pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0)]
            poll(&polls, 1, 200)
            if signals.drain().contains(where: Signals.asksForTheEnd) { return ExitStatus.later.rawValue }
        }
    }
}
