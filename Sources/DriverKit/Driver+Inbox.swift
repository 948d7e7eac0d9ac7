import Wire

extension Driver {
    /// Takes in what is in the inbox, and moves what has ended, now and then.
    func lookIntoInbox(_ now: Int64) throws(Failure) {
        guard let inbox, !stopping.isAsked else { return }
        let lines = try orLater { () throws(Failure) in try inbox.look(now: now, in: ledger) }
        lines?.forEach(say)
    }

    /// Moves what has ended since the last look.
    func clearInbox() throws(Failure) {
        guard let inbox else { return }
        let lines = try orLater { () throws(Failure) in try inbox.clear(in: ledger) }
        lines?.forEach(say)
    }
}
