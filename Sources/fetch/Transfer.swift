import Files
import Glibc
import Web
import Wire

/// One track's bytes on their way into the spool: checked as they come, and kept for a resume when they break off.
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

    /// Fetches the file, from where an earlier try ended if the server proves that it is the same.
    func run(with client: Client) throws(Failure) -> Fetched {
        let file = try PartialFile(at: slot.partial, keeping: true)
        let before = file.bytes
        do throws(Failure) {
            if let found = try finished(file) { return found }
            return try fetch(file, client)
        } catch {
            // On a full disk what came now would keep the room from all others, which may need less.
            let takesRoom = error.code == "disk_full" && file.bytes > before
            if takesRoom || !isWorthKeeping(file, after: error) { drop(file) }
            throw error
        }
    }

    /// What another process finished while this one came to the lock, or finished but for its name before it died.
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

    /// Answers to a range that only say that it was the wrong one.
    private static let startsOver: Set<Failure.Code> = [.http(416), "wrong_range"]

    /// What the bytes that are there belong to, when they can be gone on with.
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

    /// The state goes first: a file that has its name is a file that is known.
    private func finish(_ file: PartialFile, _ intake: Intake) throws(Failure) -> Fetched {
        var state = intake.state
        let sha256 = try intake.finish()
        (state.total, state.sha256) = (intake.received, sha256)
        try state.write(to: slot.state)
        try file.rename(to: slot.media)
        return Fetched(path: slot.media, bytes: intake.received, sha256: sha256)
    }

    /// Failures that say that the bytes themselves are wrong; all others leave good ones.
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

/// A file in the spool, whole and checked.
struct Fetched: Equatable {
    let path: String
    let bytes: Int
    let sha256: String
}

/// How fast a transfer must and may be.
struct TransferLimits {
    /// Seconds without a byte.
    let stall: Double
    /// Bytes a second.
    let maximumRate: Int?
}

extension Media {
    /// Throws when what is told of the bytes can be true of no file.
    func check() throws(Failure) {
        if let count = self.bytes, count < 1 { throw .permanent("bad_record", "media.bytes is \(count)") }
        guard let sha256 else { return }
        if Wire.bytes(hexadecimal: sha256)?.count != 32 {
            throw .permanent("bad_record", "media.sha256 is not 64 hex digits")
        }
    }
}
