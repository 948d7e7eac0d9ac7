import Files
import Glibc
import Wire

/// What a driver sets and reads.
extension Hosts {
    /// Sets the limits for all processes that share the folder, from their next request on, in place of all limits set
    /// before; pauses continue.
    ///
    /// - Throws: `busy` (`transient`) while another process sets limits, `no_locks` (`config`), and what
    ///   ``fileFailure(_:errno:)`` makes of it.
    package static func set(_ limits: [HostLimit], in folder: String) throws(Failure) {
        try Limits.write(limits, in: folder)
    }

    /// The limits that are set now, in the order of their file.
    package static func limits(in folder: String) throws(Failure) -> [HostLimit] { try Limits(in: folder).all }

    /// The pauses that are in force, in the order of their hosts' names.
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
