import Files
import Glibc
import StageKit
import Web
import Wire

/// Appends an answer's bytes to those that are there, and checks the complete file against all that is known about it.
final class Intake {
    private let file: PartialFile
    private let media: Media
    private let bounds: Bounds
    private let progress: (_ bytes: Int, _ total: Int?) -> Void
    private(set) var state: TransferState
    private(set) var received: Int
    /// The last byte that is asked for, where that is not the file's.
    var lastAsked: Int?
    private var hash: Hash
    private var host = ""
    /// What the head makes it look like, until the bytes decide.
    private var suspicion: Failure?
    /// Whether the first bytes were checked.
    private var isHeadKnown = false
    /// The digest of the complete file according to the server.
    private var servedDigest: [UInt8]?
    private var syncedAt = monotonicNanoseconds()

    /// After how many bytes, and how many nanoseconds, data is made durable again.
    private static let (syncedBytes, syncedTime) = (8 << 20, 5_000_000_000 as Int64)

    /// With a state, the bytes in `file` are continued; without one, the file is emptied.
    init(
        file: PartialFile, media: Media, resuming state: TransferState?, bounds: Bounds,
        progress: @escaping (Int, Int?) -> Void
    ) throws(Failure) {
        (self.file, self.media, self.bounds, self.progress) = (file, media, bounds, progress)
        self.state = state ?? TransferState(media: media)
        hash = Hash(media.digests)
        received = 0
        if state == nil {
            if file.bytes > 0 { try file.truncate() }
        } else {
            received = try hash.take(fileAt: file.path)
        }
        isHeadKnown = received >= Self.headBytes
    }

    /// Checks the head of a complete file, or of the requested rest; returns what is now known about the file.
    func begin(_ head: Head) throws(Failure) -> TransferState {
        host = head.host
        suspicion = ContentType.suspicion(head)
        // Earlier bytes are not discarded for a page; a text may be any file whose type the server does not know.
        if received > 0, head.status != 206, ContentType.isPage(head), let suspicion { throw suspicion }
        let total = head.status == 206 ? try restTotal(head) : head.contentLength
        if let bytes = media.bytes, let total, bytes != total { throw suspicion ?? wrongLength(total, bytes) }
        if total ?? media.bytes == nil, head.isOfRadio {
            throw .permanent("endless", "\(host) sends an endless radio stream, not a file", host: host)
        }
        try bounds.check(announced: total, host: host)
        if head.status != 206 { try beginAnew() }
        if let total = total ?? media.bytes {
            try Bounds.checkRoom(for: total - received, in: folder(of: file.path))
        }
        let (synced, lastModified) = (received > 0 ? state.synced : nil, state.lastModified)
        state = TransferState(media: media, etag: strongETag(head), total: total ?? media.bytes)
        state.synced = synced
        if state.etag == nil { state.lastModified = head.status == 206 ? lastModified : head.strongLastModified }
        servedDigest = head.fields["repr-digest"].flatMap(ReprDigest.sha256) ?? (received > 0 ? servedDigest : nil)
        progress(received, state.total)
        return state
    }

    func take(_ piece: UnsafeRawBufferPointer) throws(Failure) {
        if let total = state.total, received + piece.count > total { throw wrongLength(received + piece.count, total) }
        try bounds.check(received: received + piece.count, isAnnounced: state.total != nil, host: host)
        try file.write(piece)
        hash.take(piece)
        received += piece.count
        if !isHeadKnown, received >= Self.headBytes { isHeadKnown = try checkHead(isAll: false) }
        progress(received, state.total)
    }

    /// Makes data durable from time to time where a transfer could be resumed after a power cut and no digest would reveal a
    /// gap; returns what is then known about the file.
    func synchronise() throws(Failure) -> TransferState? {
        let now = monotonicNanoseconds()
        guard state.isContinuable(media), !media.isProvable,
            received - (state.synced ?? 0) >= Self.syncedBytes || now - syncedAt >= Self.syncedTime
        else { return nil }
        try file.synchronise()
        (state.synced, syncedAt) = (received, now)
        return state
    }

    /// The digest of the complete file, once length, first bytes and all known digests agree.
    func finish() throws(Failure) -> String {
        guard received > 0 else { throw suspicion ?? .transient("empty", "an empty body", host: host) }
        if let total = state.total, received != total { throw wrongLength(received, total) }
        if !isHeadKnown { _ = try checkHead(isAll: true) }
        let digest = hash.finish()
        if let servedDigest, servedDigest != digest { throw wrongDigest("the server's Repr-Digest") }
        if let sha256 = media.sha256, sha256 != hexadecimal(digest) { throw wrongDigest("the manifest's sha256") }
        if let kind = hash.contradiction() { throw wrongDigest("the source's \(kind.rawValue)") }
        return hexadecimal(digest)
    }

    private static let headBytes = 512

    /// Whether an answer that was as requested leaves a rest to be asked for.
    var lacksRest: Bool { state.total.map { received < $0 } ?? false }

    /// The rest of a file must begin where our bytes end, reach the end, and belong to a file of the same length.
    private func restTotal(_ head: Head) throws(Failure) -> Int? {
        guard received > 0 || lastAsked != nil, let range = ContentRange(head.fields["content-range"] ?? ""),
            range.start == received, range.total == nil || state.total == nil || range.total == state.total,
            case let total = range.total ?? state.total, isRest(range, of: total, head),
            state.etag == nil || head.fields["etag"].map({ $0 == state.etag }) ?? true, isUnchanged(head)
        else { throw .transient("wrong_range", "\(host) answers with another range than requested", host: host) }
        return total
    }

    /// A server that knows dates repeats the one it was asked with; one that does not could send the rest of a later file.
    private func isUnchanged(_ head: Head) -> Bool {
        guard received > 0, state.etag == nil, let lastModified = state.lastModified else { return true }
        return head.fields["last-modified"].map { $0 == lastModified } ?? media.isProvable
    }

    /// Less than the rest will do where less was asked for, and what follows can be proved to belong to it.
    private func isRest(_ range: ContentRange, of total: Int?, _ head: Head) -> Bool {
        guard let lastAsked else { return total == nil || range.end + 1 == total }
        return range.end + 1 == total || range.end == lastAsked && total != nil && strongETag(head) != nil
    }

    /// A server that sends the complete file ignored the range, or has another file now: either way ours starts over.
    private func beginAnew() throws(Failure) {
        guard received > 0 else { return }
        try file.truncate()
        (received, isHeadKnown) = (0, false)
        hash = Hash(media.digests)
    }

    /// A 206 need not repeat the validator of the request.
    private func strongETag(_ head: Head) -> String? {
        guard let etag = head.fields["etag"] else { return head.status == 206 ? state.etag : nil }
        return etag.hasPrefix("\"") ? etag : nil
    }

    /// Checks that the container is the announced one, or another if that was only a hint, unless encryption still hides it; a
    /// page is never accepted. False while more bytes are needed, since MP3 may have something else in front.
    private func checkHead(isAll: Bool) throws(Failure) -> Bool {
        let bytes = try head(Self.headBytes)
        if Magic.isText(bytes) {
            try file.truncate()
            throw suspicion ?? .transient("not_audio", "\(host) sent text in place of audio", host: host)
        }
        if media.cipher != nil, let suspicion {
            try file.truncate()
            throw suspicion
        }
        guard media.cipher == nil, !Magic.matches(bytes, media.format) else { return true }
        if media.takesAnyFormat, Magic.format(of: bytes) != nil { return true }
        if media.format == .mp3 {
            if Magic.hasMPEG(try head(Magic.mpegBytes)) { return true }
            if !isAll, received < Magic.mpegBytes { return false }
        }
        try file.truncate()
        let found = Magic.format(of: bytes)?.rawValue ?? "something else"
        throw suspicion
            ?? .transient("not_audio", "\(host) sent \(found) where \(media.format.rawValue) was announced", host: host)
    }

    private func head(_ most: Int) throws(Failure) -> [UInt8] {
        var head = [UInt8](repeating: 0, count: most)
        let count = pread(file.descriptor, &head, head.count, 0)
        guard count >= 0 else { throw fileFailure("cannot read \(file.path)") }
        return Array(head.prefix(count))
    }

    private func wrongLength(_ found: Int, _ wanted: Int) -> Failure {
        .transient("wrong_length", "\(found) bytes where \(wanted) were announced", host: host)
    }

    private func wrongDigest(_ what: String) -> Failure {
        .transient("wrong_digest", "the bytes are not those of \(what)", host: host)
    }
}

extension Head {
    /// Whether it has fields that radio streams have and files do not.
    fileprivate var isOfRadio: Bool { fields.keys.contains { $0.hasPrefix("icy-") || $0 == "ice-audio-info" } }
}
