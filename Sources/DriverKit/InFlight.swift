import Ledger
import Wire

/// A record that a replica has, with what is known of how it goes.
package struct InFlight {
    package let job: Job
    package let record: Record
    /// When it was handed over, in monotonic nanoseconds.
    package let since: Int64
    /// When one of several workers got to it, in monotonic nanoseconds; nil while it waits for one.
    var begunAt: Int64?
    /// Members that came so far.
    var members = 0
    /// Bytes that are there, as was last told.
    package var bytes = 0
    /// Bytes in all; nil while that is not known.
    package var total: Int?
    /// When progress was last told of, in monotonic nanoseconds.
    package var progressAt: Int64?
    package var pace = Pace(seconds: 5)

    /// Nil while it is too early to tell.
    package var secondsLeft: Int? {
        guard let total, let speed = pace.perSecond, speed > 0 else { return nil }
        return Int(Double(max(0, total - bytes)) / speed)
    }

    /// Bytes that came since the last word of progress. The first one tells where the work began.
    func moved(to bytes: Int) -> Int { progressAt == nil ? 0 : max(0, bytes - self.bytes) }
}
