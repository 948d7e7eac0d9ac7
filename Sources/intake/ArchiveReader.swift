import CArchive
import Files
import Glibc
import Wire

/// How much one archive may hold.
struct UnpackLimits {
    /// All of it together, in bytes.
    let bytes: Int
    let entries = 10_000
    /// How many times as large as the archive its contents may be, once they are more than `anyway` bytes.
    let ratio = 100
    let anyway = 10 << 20
}

/// An archive that is read entry by entry; no name in it ever becomes the name of a file.
final class ArchiveReader {
    struct Entry {
        /// Its path in the archive, as text.
        let name: String
        let isFolder: Bool
        /// Its length in bytes, if that is known before it was read; it may be a lie.
        let bytes: Int?
    }

    /// The bytes that were unpacked so far.
    private(set) var bytes = 0
    private let path: String
    private let handle: OpaquePointer
    private let limits: UnpackLimits
    private let charset: String
    private let size: Int

    private static let endings = [
        ".zip", ".7z", ".tar", ".tgz", ".tar.gz", ".txz", ".tar.xz", ".tbz2", ".tar.bz2", ".tzst", ".tar.zst"
    ]

    /// Whether a file's name says that it is an archive of a kind that can be read.
    static func isOne(_ name: String) -> Bool { endings.contains { name.lowercased().hasSuffix($0) } }

    /// Begins to read an archive from the start of an open file, which must stay open; messages name it by its path.
    ///
    /// - Throws: `bad_archive` or `encrypted` (`permanent`), `no_memory` (`transient`).
    init(_ descriptor: Int32, _ path: String, _ limits: UnpackLimits, charset: String) throws(Failure) {
        guard let handle = archive_read_new() else { throw .transient("no_memory", "libarchive cannot start") }
        (self.path, self.handle, self.limits, self.charset) = (path, handle, limits, charset)
        size = max(1, Int(lseek(descriptor, 0, SEEK_END)))
        lseek(descriptor, 0, SEEK_SET)
        // In the C locale, libarchive drops what has a name with other letters.
        setlocale(LC_CTYPE, "C.UTF-8")
        // With its directory at the end: a ZIP that is read as a stream may hold other things.
        archive_read_support_format_zip_seekable(handle)
        archive_read_support_format_7zip(handle)
        archive_read_support_format_tar(handle)
        archive_read_support_filter_gzip(handle)
        archive_read_support_filter_bzip2(handle)
        archive_read_support_filter_xz(handle)
        archive_read_support_filter_zstd(handle)
        guard archive_read_open_fd(handle, descriptor, 65_536) == ARCHIVE_OK else { throw flaw() }
    }

    deinit { archive_read_free(handle) }

    /// The next entry; nil at the end.
    ///
    /// - Throws: `bad_archive`, `encrypted` or `too_large` (`permanent`).
    func next() throws(Failure) -> Entry? {
        var entry: OpaquePointer?
        let status = archive_read_next_header(handle, &entry)
        if status == ARCHIVE_EOF { return nil }
        guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let entry else { throw flaw() }
        let name = EntryName(entry, charset: charset).text
        guard archive_entry_is_encrypted(entry) == 0 else { throw encrypted(name) }
        if let reason = EntryName.refusal(of: name) { throw refused("\(name) in it \(reason)") }
        let kind = archive_entry_filetype(entry)
        let isLink = archive_entry_hardlink(entry) != nil || kind == S_IFLNK
        guard !isLink, kind == S_IFREG || kind == S_IFDIR else {
            throw refused("\(name) in it is \(isLink ? "a link" : "neither a file nor a folder")")
        }
        let bytes = archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
        return Entry(name: name, isFolder: kind == S_IFDIR, bytes: bytes)
    }

    /// Hands over the bytes of the entry, piece by piece.
    ///
    /// - Throws: what `each` throws, `bad_archive`, `encrypted` or `too_large` (`permanent`).
    func read(each: (UnsafeRawBufferPointer) throws(Failure) -> Void) throws(Failure) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
            if count == 0 { return }
            guard count > 0 else { throw flaw() }
            bytes += count
            try checkSize()
            try each(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    /// What was unpacked is counted, since what an archive says of itself may be a lie.
    private func checkSize() throws(Failure) {
        guard bytes <= limits.bytes else {
            throw .permanent("too_large", "\(path) unpacks to more than \(limits.bytes) bytes")
        }
        guard bytes <= limits.anyway || bytes / size <= limits.ratio else {
            throw .permanent(
                "too_large", "\(path) unpacks to more than \(limits.ratio) times its size: it is a bomb, or no music")
        }
    }

    /// What is wrong, as libarchive says it.
    private func flaw() -> Failure {
        if archive_errno(handle) == ENOMEM { return .noMemory("what \(path) says that it holds") }
        let message = archive_error_string(handle).map { String(cString: $0) } ?? "it cannot be read"
        // Before a format is known, libarchive has nobody to ask.
        let saysLocked = archive_format(handle) != 0 && archive_read_has_encrypted_entries(handle) > 0
        let isLocked = saysLocked || message.lowercased().contains("crypt")
        if isLocked { return encrypted(nil) }
        // libarchive has no word for a file that it does not know, or of which only the beginning is there.
        let isUnknown = message.contains("Unrecognized archive format")
        return refused(isUnknown ? "it is no whole ZIP, TAR or 7z" : message)
    }

    private func encrypted(_ name: String?) -> Failure {
        let what = name.map { "\($0) in \(path)" } ?? path
        return .permanent("encrypted", "\(what) is locked with a password; unpack it yourself")
    }

    private func refused(_ why: String) -> Failure { .permanent("bad_archive", "\(path) is refused: \(why)") }
}
