import Files
import Glibc
import Wire

/// Documents in a folder that processes share, each under a name of its own, within a number of bytes and for an hour.
///
/// Nothing depends on them: what cannot be read or written is missing.
final class DocumentFolder {
    private let path: String
    private let maximumBytes: Int
    /// Bytes written since old documents were last removed, which is done with the first, and then from time to time.
    private var written: Int

    private static let maximumAge = 3600.0
    private static let largest = 1 << 20
    private static let maximumDepth = 64
    private static let partEnding = ".part"

    init(_ path: String, maximumBytes: Int = 64 << 20) {
        (self.path, self.maximumBytes, written) = (path, maximumBytes, maximumBytes)
    }

    /// A document that was kept within the last hour.
    func document(_ name: String) -> JSONObject? {
        guard let status = FileStatus("\(path)/\(name)"), Self.isFresh(status),
            let text = contents(of: "\(path)/\(name)", atMost: Self.largest)
        else { return nil }
        // A power cut may have left only a part.
        return (try? JSON(parsing: text, maximumDepth: Self.maximumDepth))?.object
    }

    /// The right to write a document: a file that no other process has open for it.
    ///
    /// - Throws: `busy` (`transient`) while another process has it, `no_locks` (`config`) where there are no locks, and
    ///   what ``fileFailure(_:errno:)`` makes of it.
    func place(for name: String) throws(Failure) -> PartialFile {
        try makeFolderOfPassingThings(path)
        return try PartialFile(at: "\(path)/\(name)\(Self.partEnding)", keeping: false)
    }

    /// Keeps a document under its name, in a file that only its owner can read.
    func keep(_ document: JSONObject, _ name: String, in file: PartialFile) {
        let text = Array(document.value.text)
        guard text.count <= Self.largest, fchmod(file.descriptor, 0o600) == 0, (try? file.write(text)) != nil,
            rename(file.path, "\(path)/\(name)") == 0
        else { return file.discard() }
        written += text.count
        guard written > maximumBytes / 8 else { return }
        clear()
        written = 0
    }

    /// Removes what is too old, and the oldest of the rest while they are too many bytes.
    private func clear() {
        let paths = names(in: path).map { "\(path)/\($0)" }
        let files = paths.compactMap { path in FileStatus(path).map { (path: path, status: $0) } }
        var total = 0
        for (path, status) in files.sorted(by: { $0.status.modified > $1.status.modified }) {
            total += status.bytes
            let isTooMuch = total > maximumBytes && !path.hasSuffix(Self.partEnding)
            if isTooMuch || !Self.isFresh(status) { unlink(path) }
        }
    }

    private static func isFresh(_ status: FileStatus) -> Bool {
        abs(Double(status.modified) / 1e9 - Double(time(nil))) < maximumAge
    }
}
