/// What a driver allows one host.
package struct HostLimit: Equatable, Sendable {
    /// A host, with a port for that port alone, without one for each of its ports separately; `*` for every host
    /// without a limit of its own.
    package var host: String
    /// Requests at once, over all processes; nil for no limit.
    package var parallel: Int?
    /// Requests a second, over all processes; nil leaves it to each program.
    package var rate: Double?

    package init(host: String, parallel: Int? = nil, rate: Double? = nil) {
        (self.host, self.parallel, self.rate) = (host, parallel, rate)
    }
}
