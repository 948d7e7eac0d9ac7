import Files
import Limiter
import StageKit
import Web
import Wire

/// What all transfers of a process have in common.
struct FetchCommon: Sendable {
    /// The folder for files on their way, and that of pictures which tracks share; both are absolute paths.
    let spool: String
    let pictures: String
    let limits: TransferLimits
    let bounds: Bounds
    /// Whether pictures of artists are fetched too.
    let hasArtists: Bool
    let credentials: CredentialsFile
    /// Passwords that came in links.
    let kept: CredentialsFile
    /// The folder of the shared limiter; nil for none.
    let hosts: String?
    /// A file of certificates to trust; nil for the environment's.
    let certificates: String?
    let knownPictures = KnownPictures()
    let ownHosts = OwnHosts()

    /// A client for one connection at a time, whose waits end as soon as `isOver` says so.
    func client(_ channels: Channels, isOver: (() -> Bool)? = nil) -> Client {
        let hosts = Hosts(folder: hosts, defaultRate: nil, own: ownHosts) { seconds throws(Failure) in
            guard let isOver else { return try channels.wait(seconds: seconds) }
            let end = monotonicNanoseconds() + Int64(seconds * 1e9)
            while case let left = Double(end - monotonicNanoseconds()) / 1e9, left > 0 {
                if isOver() { throw .stopped }
                try channels.wait(seconds: min(left, 0.1))
            }
        }
        return Client(
            hosts: hosts, credentials: credentials, kept: kept, userAgent: "segue/\(Version.project)",
            certificates: certificates, shouldStop: { channels.mustDrop || isOver?() == true })
    }
}

/// The least and most speed of a transfer.
struct TransferLimits: Sendable {
    /// Seconds without data before a transfer is given up.
    let stall: Double
    /// The speed limit that all transfers keep to together; nil for none.
    let pace: SharedPace?
    /// Whether what sources on the internet name may be on this machine or in its network.
    let mayGoNear: Bool
}
