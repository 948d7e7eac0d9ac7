/// How long a stage takes for a record of late, and how many records one of its replicas should have in hand therefore.
///
/// A quick stage must not wait for the driver between two records, and behind a slow one no record should wait while
/// another replica is free.
struct ServiceTime {
    /// Sums in which older answers count less and less.
    private var nanoseconds = 0.0
    private var answers = 0.0

    /// How much of the sums stays with each answer.
    private static let decay = 0.95
    /// Nanoseconds of work that a replica should have in hand.
    private static let stock = 20_000_000.0
    private static let longest = 64

    /// Takes how many nanoseconds a replica had for a record.
    mutating func note(_ elapsed: Int64) {
        nanoseconds = nanoseconds * Self.decay + Double(max(0, elapsed))
        answers = answers * Self.decay + 1
    }

    /// A replica died: until the next ones have answered, no record is put beside another.
    mutating func forget() { (nanoseconds, answers) = (0, 0) }

    /// Whether there was an answer since the start, or since a replica died.
    var isKnown: Bool { answers >= 1 }

    var window: Int {
        guard isKnown else { return 1 }
        return Int(max(1, min(Double(Self.longest), Self.stock * answers / max(nanoseconds, 1))))
    }
}
