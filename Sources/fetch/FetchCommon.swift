import Files
import Limiter
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
    let knownPictures = KnownPictures()
    let ownHosts = OwnHosts()
}

/// The least and most speed of a transfer.
struct TransferLimits: Sendable {
    /// Seconds without data before a transfer is given up.
    let stall: Double
    /// The speed limit that all transfers keep to together; nil for none.
    let pace: SharedPace?
}
