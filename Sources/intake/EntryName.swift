// See FileName: Foundation would bring its start-up time with it.
@_spi(_Unicode) import Swift
import CArchive
import Glibc
import Wire

/// The name of an entry in an archive, as text; it says what a track may be, and never where anything is written.
struct EntryName {
    let text: String

    init(_ entry: OpaquePointer, charset: String) {
        let name = archive_entry_pathname(entry) ?? archive_entry_pathname_utf8(entry)
        self.init(name.map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? [], charset: charset)
    }

    /// The text in NFC of bytes that are UTF-8, else in the encoding that iconv calls `charset`.
    init(_ bytes: [UInt8], charset: String) {
        let name =
            String(validating: bytes, as: UTF8.self) ?? Self.converted(bytes, from: charset) ?? String(escaping: bytes)
        var composed = String.UnicodeScalarView()
        for scalar in name._nfc { composed.append(scalar) }
        text = String(composed)
    }

    /// Why no honest archive has this name; nil for a good one.
    static func refusal(of name: String) -> String? {
        if name.isEmpty { return "has no name" }
        let parts = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }
        if parts.contains("..") { return "leads out of its folder" }
        let isDrive = name.dropFirst().first == ":" && name.first?.isLetter == true && name.first?.isASCII == true
        return parts.first == "" || isDrive ? "has an absolute path" : nil
    }

    /// Whether this machine can convert from an encoding.
    static func knows(_ charset: String) -> Bool {
        guard let handle = iconv_open("UTF-8", charset), handle != iconv_t(bitPattern: -1) else { return false }
        iconv_close(handle)
        return true
    }

    private static func converted(_ bytes: [UInt8], from charset: String) -> String? {
        guard let handle = iconv_open("UTF-8", charset), handle != iconv_t(bitPattern: -1) else {
            if errno == ENOMEM { endForLackOfMemory() }
            return nil
        }
        defer { iconv_close(handle) }
        var (bytes, left, text) = (bytes, bytes.count, [UInt8](repeating: 0, count: 4 * bytes.count))
        var room = text.count
        let status = bytes.withUnsafeMutableBytes { bytes in
            text.withUnsafeMutableBytes { text in
                var from = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                var to = text.baseAddress?.assumingMemoryBound(to: CChar.self)
                return iconv(handle, &from, &left, &to, &room)
            }
        }
        return status == -1 ? nil : String(validating: text.dropLast(room), as: UTF8.self)
    }
}
