/// What a driver allows one host.
package struct HostLimit: Equatable, Sendable {
    /// A host, with a port for that port alone, without one for each of its ports separately; `*` for every host
    /// without a limit of its own, `+` for all hosts together, of which only `bytes` counts.
    package var host: String
    /// Requests at once, over all processes; nil for no limit.
    package var parallel: Int?
    /// Requests a second, over all processes; nil leaves it to each program.
    package var rate: Double?
    /// Bytes a second, over all processes; nil for no limit.
    package var bytes: Int?
    /// Connections for one large file; nil for one.
    package var segments: Int?

    /// How many connections one file may have.
    package static let segmentsRange = 1...16
    /// The fewest bytes a second that can be kept to.
    package static let leastBytes = 1000
    /// The bytes a second that somebody may ask for: no more than 1 PB.
    package static let bytesRange = leastBytes...1_000_000_000_000_000
    /// The name that stands for all hosts together.
    package static let together = "+"

    package init(
        host: String, parallel: Int? = nil, rate: Double? = nil, bytes: Int? = nil, segments: Int? = nil
    ) {
        (self.host, self.parallel, self.rate, self.bytes, self.segments) = (host, parallel, rate, bytes, segments)
    }

    /// How many requests for one file may be made at once.
    var connections: Int { max(1, min(segments ?? 1, parallel ?? .max, Self.segmentsRange.upperBound)) }

    /// What each of several machines may ask, so that all of them keep the limit; each may have one request at a time.
    package func divided(by machines: Int) -> HostLimit {
        HostLimit(
            host: host, parallel: parallel.map { max(1, $0 / machines) }, rate: rate.map { $0 / Double(machines) },
            bytes: bytes.map { max(1, $0 / machines) }, segments: segments)
    }
}
