import Wire

extension Driver {
    /// Sends what is to be told, now and then.
    func sendNotices(_ now: Int64) throws(Failure) {
        guard !stopping.isAsked else { return }
        let lines = try orLater { () throws(Failure) in try teller.turn(now: now, in: ledger) }
        lines?.forEach(say)
    }

    /// Drops what was meant for recipients that the pipeline file no longer names.
    func forgetStrangers() throws(Failure) {
        let dropped = try ledger.change(now: millisecondsSince1970(), route: plan.route) { try $0.forgetStrangers() }
        for (name, count) in dropped.sorted(by: { $0.key < $1.key }) {
            let notices = count == 1 ? "1 notice" : "\(count) notices"
            say("\(notices) for \(name) dropped, which the pipeline file no longer names")
        }
    }

    /// At the end: sends what there is; one that was told to stop waits for what is in hand alone.
    func sendLastNotices() throws(Failure) {
        let lines = try orLater { () throws(Failure) in
            try teller.close(in: ledger, sendsAll: !stopping.isAsked) {
                signals.drain().forEach(handle)
                return stopping.isUrgent
            }
        }
        lines?.forEach(say)
    }
}
