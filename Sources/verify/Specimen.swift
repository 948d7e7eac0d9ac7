import Files
import Glibc
import StageKit
import Wire

/// One file under examination: its bytes, how far they were looked at, and what is to be said of damage.
final class Specimen {
    let format: Format
    private let audio: SpooledAudio
    private let id: String
    private let channels: Channels
    private let blame: Failure.Class
    /// Whether a list or a feed said where it is, and nobody else what it should be.
    let isFromList: Bool
    /// Whether the file has the digest that the catalog tells of it as it should be.
    let isProven: Bool

    var path: String { audio.file.path }
    var bytes: Int { audio.file.bytes }

    /// What fetch has held against a digest of its origin would come a second time as it is.
    init(_ record: Record, _ channels: Channels) throws(Failure) {
        let media = try record.media
        let isSame = media?.sha256 != nil || media?.clearSHA256 != nil
        (id, self.channels, blame) = (record.id, channels, isSame ? .permanent : .stale)
        isFromList = record["offer"] != nil
        audio = try SpooledAudio(record, for: "verify")
        // What was wrapped has another digest than its bytes as they were served.
        let wanted = media?.clearSHA256 ?? (media?.cipher == nil ? media?.sha256 : nil)
        isProven = wanted == audio.file.sha256.lowercased()
        guard let found = audio.format else {
            throw Failure(blame, "not_audio", "\(audio.file.path) is no audio that is known")
        }
        format = found
    }

    /// Reads all of the file that is damaged when anything is wrong with it; how many seconds of sound there are, as far
    /// as its format tells.
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
    /// Tells of what is no damage to who hears it.
    func note(_ what: String) { channels.note("\(id): \(what)") }
    func fault(_ code: Failure.Code, _ message: String) -> Failure { Failure(blame, code, message) }

    /// Tells how far it is, and throws when the record must be dropped.
    func pass(_ position: Int) throws(Failure) {
        if channels.mustDrop { throw .stopped }
        channels.progress(id, bytes: min(position, bytes), total: bytes)
    }

    /// Fills the buffer as far as there are bytes, and says how many.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(Failure) -> Int {
        try pass(offset)
        while true {
            let count = pread(audio.descriptor, buffer.baseAddress, buffer.count, offset)
            if count >= 0 { return count }
            guard errno == EINTR else { throw fileFailure("cannot read \(path)") }
        }
    }

    /// As many of these bytes as there are.
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
