import Ledger
import Wire

extension Driver {
    /// What became of a batch in the ledger; nil when it takes nothing now: then all of it is kept for the next try.
    func outcome(
        of result: Swift.Result<Batch.Outcome, Failure>, for booked: Booking.Commit
    ) throws(Failure) -> Batch.Outcome? {
        do throws(Failure) {
            let outcome = try result.get()
            if booking.wait.end() {
                say("the ledger goes on")
                // The batch booked something and claimed nothing.
                claims.isDue = true
            }
            return outcome
        } catch let error where LedgerWait.mayPass(error) {
            booking.takeBack(booked)
            claims.isDue = true
            if booking.wait.begin(error, now: monotonicNanoseconds()) {
                say("waiting until the ledger takes something again: \(error.message)")
            }
            return nil
        }
    }

    /// Asks the ledger something that can wait; nil when it does not answer now.
    func orLater<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result? {
        do throws(Failure) { return try body() } catch let error where LedgerWait.mayPass(error) { return nil }
    }
}
