/// What a driver allows one host.
package struct HostLimit: Equatable, Sendable {
    /// With a port for that one alone, without for every port, each by itself; `*` for each host without its own limit.
    package var host: String
    /// Requests at once, over all processes; nil for no limit.
    package var parallel: Int?
    /// Requests a second, over all processes; nil leaves it to whoever asks.
    package var rate: Double?

    package init(host: String, parallel: Int? = nil, rate: Double? = nil) {
        (self.host, self.parallel, self.rate) = (host, parallel, rate)
    }
}
