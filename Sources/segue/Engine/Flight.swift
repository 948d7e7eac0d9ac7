import Ledger
import Wire

/// A record that a replica has, with what is known of how it goes.
struct Flight {
    let job: Job
    let record: Record
    /// When it was handed over, in monotonic nanoseconds.
    let since: Int64
    /// Members that came so far.
    var members = 0
    var bytes = 0
    var total: Int?
    /// When progress was last told of.
    var progressAt: Int64?
    var pace = Pace(seconds: 5)

    /// Nil while it is too early to tell.
    var secondsLeft: Int? {
        guard let total, let speed = pace.perSecond, speed > 0 else { return nil }
        return Int(Double(max(0, total - bytes)) / speed)
    }

    /// Bytes that came since the last word of progress. The first one tells where the work began.
    func moved(to bytes: Int) -> Int { progressAt == nil ? 0 : max(0, bytes - self.bytes) }
}

/// An id to look things up by: texts that Unicode takes for equal are different ids.
struct Key: Hashable {
    let bytes: [UInt8]
    init(_ id: String) { bytes = Array(id.utf8) }
}
