import Files
import Wire

/// A host as all processes that share a folder know it.
final class SharedHost {
    let slots: Slots
    private let path: String
    /// What its file said when it was read last, if later writes will show.
    private var known: (version: FileVersion, bucket: TokenBucket)?

    init(_ host: String, in folder: String) {
        let name = HostName.fileName(host)
        slots = Slots(of: name, in: folder)
        path = "\(folder)/\(HostFile.prefix)\(name)"
    }

    /// Its file, locked.
    func file() throws(Failure) -> HostFile { try HostFile(at: path) }

    /// Its state as it is now, for looking only: the file is opened where it may have changed since it was read.
    func bucket() throws(Failure) -> TokenBucket {
        if let known, FileVersion(of: path) == known.version { return known.bucket }
        let file = try file()
        let bucket = TokenBucket(text: try file.read())
        known = file.version.flatMap { $0.isSettled ? ($0, bucket) : nil }
        return bucket
    }
}
