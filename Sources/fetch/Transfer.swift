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
    /// What is known about the bytes that are there, and whether the file beside them says the same.
    private var state: TransferState?
    private var isStored = false

    /// After how many bytes the file beside them is worth its cost: fewer are fetched anew after a crash.
    private static let storedBytes = 1 << 20

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
            if takesRoom || !isWorthKeeping(file, after: error) || !isKept() { drop(file) }
            throw error
        }
    }

    /// The file that another process finished while this one waited for the lock, or finished except for renaming it.
    private func finished(_ file: PartialFile) throws(Failure) -> Fetched? {
        state = TransferState(at: slot.state)
        isStored = state != nil
        if let found = slot.finished(for: media, state) {
            file.discard()
            return found
        }
        guard let state, state.fits(media), let sha256 = state.sha256,
            file.bytes > 0, file.bytes == state.total, try digest(ofFile: file.path).sha256 == sha256
        else { return nil }
        try file.giveName(slot.media)
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
        guard var state, state.fits(media), state.etag != nil,
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
        (request.stall, request.pace) = (limits.stall, limits.pace)
        request.headers = ["Want-Repr-Digest: sha-256=10"]
        if let etag = state?.etag { request.headers += ["Range: bytes=\(intake.received)-", "If-Range: \(etag)"] }
        try client.transfer(request) { head throws(Failure) in
            try self.begin(with: try intake.begin(head), after: intake.received)
        } onBody: { piece throws(Failure) in
            try intake.take(piece)
            try self.keepUp(with: intake)
        }
        return try finish(file, intake)
    }

    /// Notes what is known before the first byte comes. What an earlier try left must not describe these bytes.
    private func begin(with state: TransferState, after received: Int) throws(Failure) {
        if received > 0, state.etag != nil { return try store(state) }
        if isStored { unlink(slot.state) }
        (self.state, isStored) = (state, false)
    }

    /// Stores what is known once that is worth it, and whenever more bytes are durable.
    private func keepUp(with intake: Intake) throws(Failure) {
        if let state = try intake.synchronise() { return try store(state) }
        guard !isStored, intake.received >= Self.storedBytes, let state, state.etag != nil else { return }
        try store(state)
    }

    private func store(_ state: TransferState) throws(Failure) {
        try state.write(to: slot.state)
        (self.state, isStored) = (state, true)
    }

    /// The state is written first, so that a large file with its final name always has one.
    private func finish(_ file: PartialFile, _ intake: Intake) throws(Failure) -> Fetched {
        var state = intake.state
        let sha256 = try intake.finish()
        (state.total, state.sha256) = (intake.received, sha256)
        if isStored || intake.received >= Self.storedBytes { try store(state) }
        try file.giveName(slot.media)
        return Fetched(path: slot.media, bytes: intake.received, sha256: sha256)
    }

    /// Codes that mean that the bytes themselves are wrong; after all others they can be continued.
    private static let wrongBytes: Set<Failure.Code> = [
        "wrong_length", "wrong_digest", "not_audio", "empty", "too_large", "endless"
    ]

    private func isWorthKeeping(_ file: PartialFile, after failure: Failure) -> Bool {
        guard file.bytes > 0, !Self.wrongBytes.contains(failure.code), let state else { return false }
        return state.etag != nil || state.sha256 != nil
    }

    /// Sees that the bytes can be continued, by what is known about them.
    private func isKept() -> Bool {
        guard !isStored, let state else { return isStored }
        return (try? store(state)) != nil
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
