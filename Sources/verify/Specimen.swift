import Files
import Glibc
import StageKit
import Wire

/// One file under examination: its bytes, the progress, and how to report damage.
final class Specimen {
    let format: Format
    private let audio: SpooledAudio
    private let id: String
    private let channels: Channels
    private let blame: Failure.Class
    /// Whether it comes from a list, a feed or a folder, so that no catalog says what it should be.
    let isFromList: Bool
    /// Whether the file has the digest that the catalog gives for it.
    let isProven: Bool

    var path: String { audio.file.path }
    var bytes: Int { audio.file.bytes }

    /// The class of a failure: a file that fetch has checked against the origin's digest would come again unchanged.
    init(_ record: Record, _ channels: Channels) throws(Failure) {
        let media = try record.media
        let isLocal = media?.isLocal == true
        let isSame = isLocal || media?.isProvable == true || media?.clearSHA256 != nil
        (id, self.channels, blame) = (record.id, channels, isSame ? .permanent : .stale)
        isFromList = isLocal || record["offer"] != nil
        audio = try SpooledAudio(record, for: "verify")
        // An encrypted file was served with another digest than its clear bytes have.
        let wanted = media?.clearSHA256 ?? (media?.cipher == nil ? media?.sha256 : nil)
        isProven = wanted == audio.file.sha256.lowercased()
        guard let found = audio.format else {
            throw Failure(blame, "not_audio", "\(audio.file.path) is not audio of a known format")
        }
        format = found
    }

    /// Checks as much of the file as its format allows, and throws when it is damaged; returns the seconds of sound, if the
    /// format says.
    func examine() throws(Failure) -> Double? {
        switch format {
        case .flac: try FLACStream(self).examine()
        case .ogg, .opus: try OggPages(self).examine()
        case .mp3: try examineFrames()
        case .m4a: try examineAtoms()
        case .wav: try examineChunks()
        }
    }

    func damage(_ what: String) -> Failure { fault("damaged", "\(path) is damaged: \(what)") }
    /// Notes something that is not audible damage.
    func note(_ what: String) { channels.note("\(id): \(what)") }
    func fault(_ code: Failure.Code, _ message: String) -> Failure { Failure(blame, code, message) }

    /// Reports progress, and throws when the record must be dropped.
    func pass(_ position: Int) throws(Failure) {
        if channels.mustDrop { throw .stopped }
        channels.progress(id, bytes: min(position, bytes), total: bytes)
    }

    /// Fills the buffer as far as there are bytes, and returns how many.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Failure) -> Int {
        try pass(offset)
        while true {
            let count = pread(audio.descriptor, buffer.baseAddress, buffer.count, offset)
            if count >= 0 { return count }
            guard errno == EINTR else { throw fileFailure("cannot read \(path)") }
        }
    }

    /// The bytes in this range, as far as the file has them.
    func bytes(_ range: Range<Int>) throws(Failure) -> [UInt8] {
        let range = range.clamped(to: 0..<bytes)
        var found = [UInt8](repeating: 0, count: range.count)
        var (count, failure): (Int, Failure?) = (0, nil)
        found.withUnsafeMutableBytes { buffer in
            do throws(Failure) { count = try read(buffer, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return Array(found.prefix(count))
    }
}
