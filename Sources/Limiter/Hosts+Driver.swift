import Files
import Glibc
import Wire

/// What a driver sets and asks.
extension Hosts {
    /// Sets what processes that share the folder may ask of hosts from their next request on, in place of all that was
    /// set before; pauses go on.
    package static func set(_ limits: [HostLimit], in folder: String) throws(Failure) {
        try Limits.write(limits, in: folder)
    }

    /// What is set now.
    package static func limits(in folder: String) throws(Failure) -> [HostLimit] { try Limits(in: folder).all }

    /// The pauses that are on, by host.
    package static func pauses(in folder: String) -> [Pause] {
        let (now, uptime) = (secondsSince1970(), Uptime.now)
        return hostFiles(in: folder).compactMap { path in
            (try? HostFile(at: path).read()).flatMap { Pause(text: $0, now: now, uptime: uptime) }
        }.sorted { $0.host < $1.host }
    }

    private static func hostFiles(in folder: String) -> [String] {
        names(in: folder).filter { $0.hasPrefix(HostFile.prefix) }.map { "\(folder)/\($0)" }
    }
}
