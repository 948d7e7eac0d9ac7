import Files
import Glibc
import StageKit
import Web
import Wire

/// One track's download into the spool: checked as it arrives, and kept to be resumed when it breaks off.
final class Transfer {
    private let media: Media
    private let auth: Auth?
    private let slot: SpoolSlot
    private let limits: TransferLimits
    private let bounds: Bounds
    /// Makes the client of a further connection; nil where there may be none.
    private let connect: (@Sendable (ReadAhead) -> Client)?
    private let progress: (_ bytes: Int, _ total: Int?) -> Void
    /// What is known about the bytes that are there, and whether the file beside them says the same.
    private var state: TransferState?
    private var isStored = false
    private var hasAskedForRange = false

    /// After how many bytes the file beside them is worth its cost: fewer are fetched anew after a crash.
    private static let storedBytes = 1 << 20

    init(
        media: Media, auth: Auth? = nil, slot: SpoolSlot, limits: TransferLimits, bounds: Bounds = Bounds(),
        connect: (@Sendable (ReadAhead) -> Client)? = nil, progress: @escaping (Int, Int?) -> Void
    ) {
        (self.media, self.auth, self.slot, self.limits) = (media, auth, slot, limits)
        (self.bounds, self.connect, self.progress) = (bounds, connect, progress)
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
        let state = try resumable(file)
        do throws(Failure) {
            return try attempt(file, client, from: state, segmented: connect != nil)
        } catch let error where error.isOfRange && hasAskedForRange {
        } catch let error where error.code == "wrong_digest" && state != nil {
            // What was there already may have been of another file.
        }
        return try attempt(file, client, from: nil, segmented: false)
    }

    /// The state of the bytes that are there, if they can be continued.
    private func resumable(_ file: PartialFile) throws(Failure) -> TransferState? {
        guard var state, state.fits(media), state.isContinuable(media),
            case let sound = state.sound(of: file.bytes, for: media), sound > 0, sound < state.total ?? .max
        else { return nil }
        if sound < file.bytes { try file.truncate(to: sound) }
        (state.boot, state.synced) = (bootID, min(sound, state.synced ?? 0))
        return state
    }

    /// Asks for what is missing: for a beginning of it where the host may have several connections, to see whether it
    /// serves ranges, and then for the rest over these.
    private func attempt(
        _ file: PartialFile, _ client: Client, from state: TransferState?, segmented: Bool
    ) throws(Failure) -> Fetched {
        let intake = try Intake(file: file, media: media, resuming: state, bounds: bounds, progress: progress)
        let head = try ask(client, intake, segmented: segmented)
        if head.status == 206, intake.lacksRest {
            try fetchTogether(intake, connections: client.segments(of: head.host))
            if intake.lacksRest { _ = try ask(client, intake, segmented: false) }
        }
        return try finish(file, intake)
    }

    private func ask(_ client: Client, _ intake: Intake, segmented: Bool) throws(Failure) -> Head {
        var request = Request(media, auth, limits)
        request.headers = ["Want-Repr-Digest: sha-256=10"]
        request.headersAt = { host throws(Failure) in
            guard segmented, self.isWorthSegments(intake), try client.segments(of: host) > 1 else {
                return self.range(intake, isPart: false)
            }
            return self.range(intake, isPart: true)
        }
        return try client.transfer(request) { head throws(Failure) in
            try self.begin(with: try intake.begin(head), after: intake.received)
        } onBody: { piece throws(Failure) in
            try intake.take(piece)
            try self.keepUp(with: intake)
        }
    }

    /// The lines that ask for what is missing, or for a beginning of it; none for a whole file.
    private func range(_ intake: Intake, isPart: Bool) -> [String] {
        let first = intake.received
        intake.lastAsked = isPart ? first + Self.firstBytes - 1 : nil
        hasAskedForRange = first > 0 || isPart
        guard hasAskedForRange else { return [] }
        let range = "Range: bytes=\(first)-\(intake.lastAsked.map(String.init) ?? "")"
        return [range] + (first > 0 ? intake.state.validator.map { ["If-Range: \($0)"] } ?? [] : [])
    }

    /// The bytes that a host is asked for first, and the fewest after them that are worth more than one connection: below
    /// these a second one would hardly be up to speed.
    private static let (firstBytes, segmentedBytes) = (64 << 10, 8 << 20)

    private func isWorthSegments(_ intake: Intake) -> Bool {
        let total = intake.state.total ?? media.bytes
        return total.map { $0 - intake.received >= Self.firstBytes + Self.segmentedBytes } ?? true
    }

    /// Fetches what is missing over several connections; leaves what they cannot fetch to one alone.
    private func fetchTogether(_ intake: Intake, connections: Int) throws(Failure) {
        guard let connect, connections > 1, let total = intake.state.total, let etag = intake.state.etag,
            total - intake.received >= Self.segmentedBytes
        else { return }
        let ahead = ReadAhead(from: intake.received, to: total, connections: connections)
        let segment = Segment(
            media: media, auth: auth, limits: limits, companions: connections, etag: etag, total: total)
        let threads = (0..<connections).map { _ in WorkerThread { segment.run(with: connect(ahead), into: ahead) } }
        for thread in threads where thread == nil { ahead.lose(nil) }
        defer {
            ahead.end()
            for thread in threads { thread?.join() }
        }
        while let bytes = try ahead.next() {
            try bytes.span.withUnsafeBytes { bytes throws(Failure) in try intake.take(bytes) }
            try keepUp(with: intake)
        }
    }

    /// Notes what is known before the first byte comes. What an earlier try left must not describe these bytes.
    private func begin(with state: TransferState, after received: Int) throws(Failure) {
        if received > 0, state.isContinuable(media) { return try store(state) }
        if isStored {
            unlink(slot.state)
            // What it says of the bytes before would else be taken for true of those that come, after a power cut.
            try synchroniseFolder(of: slot.state)
        }
        (self.state, isStored) = (state, false)
    }

    /// Stores what is known once that is worth it, and whenever more bytes are durable.
    private func keepUp(with intake: Intake) throws(Failure) {
        if let state = try intake.synchronise() { return try store(state) }
        guard !isStored, intake.received >= Self.storedBytes, let state, state.isContinuable(media)
        else { return }
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
        return state.isContinuable(media) || state.sha256 != nil
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

extension Failure {
    /// Whether an answer only means that the requested range was wrong.
    var isOfRange: Bool { code == .http(416) || code == "wrong_range" }
}

extension Request {
    /// A request for media.
    init(_ media: Media, _ auth: Auth?, _ limits: TransferLimits) {
        self.init(url: media.url)
        (isMedia, self.auth) = (true, auth)
        mayGoNear = !media.isFar || limits.mayGoNear
        (stall, pace) = (limits.stall, limits.pace)
    }
}

extension Media {
    /// Throws `bad_record` if its length or a digest is impossible.
    func check() throws(Failure) {
        if let count = self.bytes, count < 1 { throw .permanent("bad_record", "media.bytes is \(count)") }
        try digests.check()
        guard let sha256 else { return }
        if Wire.bytes(hexadecimal: sha256)?.count != 32 {
            throw .permanent("bad_record", "media.sha256 is not 64 hex digits")
        }
    }
}
