import Files
import Glibc
import Web
import Wire

/// One track's download into the spool: checked as it arrives, and kept to be resumed when it breaks off.
final class Transfer {
    private let media: Media
    private let auth: Auth?
    private let slot: SpoolSlot
    private let limits: TransferLimits
    private let bounds: Bounds
    private let progress: (_ bytes: Int, _ total: Int?) -> Void

    init(
        media: Media, auth: Auth? = nil, slot: SpoolSlot, limits: TransferLimits, bounds: Bounds = Bounds(),
        progress: @escaping (Int, Int?) -> Void
    ) {
        (self.media, self.auth, self.slot, self.limits) = (media, auth, slot, limits)
        (self.bounds, self.progress) = (bounds, progress)
    }

    /// Fetches the file, resuming an earlier try if the server proves that the file is the same.
    func run(with client: Client) throws(Failure) -> Fetched {
        let file = try PartialFile(at: slot.partial, keeping: true)
        let before = file.bytes
        do throws(Failure) {
            if let found = try finished(file) { return found }
            return try fetch(file, client)
        } catch {
            // On a full disk these bytes would take room from others, which may need less.
            let takesRoom = error.code == "disk_full" && file.bytes > before
            if takesRoom || !isWorthKeeping(file, after: error) { drop(file) }
            throw error
        }
    }

    /// The file that another process finished while this one waited for the lock, or finished except for renaming it.
    private func finished(_ file: PartialFile) throws(Failure) -> Fetched? {
        if let found = slot.finished(for: media) {
            file.discard()
            return found
        }
        guard let state = TransferState(at: slot.state), state.fits(media), let sha256 = state.sha256,
            file.bytes > 0, file.bytes == state.total, try digest(ofFile: file.path).sha256 == sha256
        else { return nil }
        try file.rename(to: slot.media)
        return Fetched(path: slot.media, bytes: state.total ?? 0, sha256: sha256)
    }

    private func fetch(_ file: PartialFile, _ client: Client) throws(Failure) -> Fetched {
        if let state = try resumable(file) {
            do throws(Failure) {
                return try attempt(file, client, from: state)
            } catch let error where Self.startsOver.contains(error.code) {}
        }
        return try attempt(file, client, from: nil)
    }

    /// The codes of answers that only mean that the requested range was wrong.
    private static let startsOver: Set<Failure.Code> = [.http(416), "wrong_range"]

    /// The state of the bytes that are there, if they can be continued.
    private func resumable(_ file: PartialFile) throws(Failure) -> TransferState? {
        guard var state = TransferState(at: slot.state), state.fits(media), state.etag != nil,
            case let sound = state.sound(of: file.bytes, for: media), sound > 0, sound < state.total ?? .max
        else { return nil }
        if sound < file.bytes { try file.truncate(to: sound) }
        (state.boot, state.synced) = (bootID, min(sound, state.synced ?? 0))
        return state
    }

    private func attempt(_ file: PartialFile, _ client: Client, from state: TransferState?) throws(Failure) -> Fetched {
        let intake = try Intake(file: file, media: media, resuming: state, bounds: bounds, progress: progress)
        var request = Request(url: media.url)
        (request.isMedia, request.auth) = (true, auth)
        (request.stall, request.maximumRate) = (limits.stall, limits.maximumRate)
        request.headers = ["Want-Repr-Digest: sha-256=10"]
        if let etag = state?.etag { request.headers += ["Range: bytes=\(intake.received)-", "If-Range: \(etag)"] }
        let path = slot.state
        try client.transfer(request) { head throws(Failure) in
            let state = try intake.begin(head)
            if state.etag == nil { unlink(path) } else { try state.write(to: path) }
        } onBody: { piece throws(Failure) in
            try intake.take(piece)
            if let state = try intake.synchronise() { try state.write(to: path) }
        }
        return try finish(file, intake)
    }

    /// The state is written first: a file with its final name always has one.
    private func finish(_ file: PartialFile, _ intake: Intake) throws(Failure) -> Fetched {
        var state = intake.state
        let sha256 = try intake.finish()
        (state.total, state.sha256) = (intake.received, sha256)
        try state.write(to: slot.state)
        try file.rename(to: slot.media)
        return Fetched(path: slot.media, bytes: intake.received, sha256: sha256)
    }

    /// Codes that mean that the bytes themselves are wrong; after all others they can be continued.
    private static let wrongBytes: Set<Failure.Code> = [
        "wrong_length", "wrong_digest", "not_audio", "empty", "too_large", "endless"
    ]

    private func isWorthKeeping(_ file: PartialFile, after failure: Failure) -> Bool {
        guard file.bytes > 0, !Self.wrongBytes.contains(failure.code), let state = TransferState(at: slot.state) else {
            return false
        }
        return state.etag != nil || state.sha256 != nil
    }

    private func drop(_ file: PartialFile) {
        file.discard()
        unlink(slot.state)
    }
}

/// A file in the spool, complete and verified.
struct Fetched: Equatable {
    let path: String
    let bytes: Int
    let sha256: String
}

/// The least and most speed of a transfer.
struct TransferLimits {
    /// Seconds without data before a transfer is given up.
    let stall: Double
    /// The most bytes per second; nil for no limit.
    let maximumRate: Int?
}

extension Media {
    /// Throws `bad_record` if its length or digest is impossible.
    func check() throws(Failure) {
        if let count = self.bytes, count < 1 { throw .permanent("bad_record", "media.bytes is \(count)") }
        guard let sha256 else { return }
        if Wire.bytes(hexadecimal: sha256)?.count != 32 {
            throw .permanent("bad_record", "media.sha256 is not 64 hex digits")
        }
    }
}
