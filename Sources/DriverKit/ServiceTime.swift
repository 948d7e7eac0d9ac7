/// How long a stage has been taking for a record, and how many records each replica should therefore have in hand.
///
/// A fast stage must not wait for the driver between two records, and at a slow one no record should wait while
/// another replica is free.
struct ServiceTime {
    /// Sums in which older answers weigh less and less.
    private var nanoseconds = 0.0
    private var answers = 0.0

    /// The part of the sums that remains after each answer.
    private static let decay = 0.95
    /// Nanoseconds of work that a replica should have in hand.
    private static let stock = 20_000_000.0
    private static let longest = 64

    /// Notes how many nanoseconds a replica took for a record.
    mutating func note(_ elapsed: Int64) {
        nanoseconds = nanoseconds * Self.decay + Double(max(0, elapsed))
        answers = answers * Self.decay + 1
    }

    /// A replica died: until others have answered, each replica gets one record at a time.
    mutating func forget() { (nanoseconds, answers) = (0, 0) }

    /// Whether there was an answer since the start, or since a replica died.
    var isKnown: Bool { answers >= 1 }

    var window: Int {
        guard isKnown else { return 1 }
        return Int(max(1, min(Double(Self.longest), Self.stock * answers / max(nanoseconds, 1))))
    }
}
