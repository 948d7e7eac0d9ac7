import Wire

/// What the first bytes of a file show it to be.
package enum Magic {
    /// The container, or nil when we do not know it.
    ///
    /// An ID3 tag may precede MP3 and, against its specification, FLAC: the answer is then `mp3`.
    package static func format(of head: some Collection<UInt8>) -> Format? {
        let bytes = Array(head.prefix(64))
        func has(_ text: String, at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if has("fLaC") { return .flac }
        if has("ID3") { return .mp3 }
        if has("OggS") { return has("OpusHead", at: 28) ? .opus : .ogg }
        if has("ftyp", at: 4) { return .m4a }
        if has("RIFF"), has("WAVE", at: 8) { return .wav }
        if bytes.count >= 2, bytes[0] == 0xFF, bytes[1] & 0xE6 == 0xE2 { return .mp3 }
        return nil
    }

    /// Whether a file with this head may be of this format.
    package static func matches(_ head: some Collection<UInt8>, _ format: Format) -> Bool {
        let found = Self.format(of: head)
        return found == format || (format == .flac && head.starts(with: "ID3".utf8))
    }

    /// Whether it is a page or a document rather than audio: every byte of the head is printable text.
    package static func isText(_ head: some Collection<UInt8>) -> Bool {
        let bytes = head.prefix(512)
        return bytes.count >= 4 && format(of: bytes) == nil
            && bytes.allSatisfy { (0x20...0x7E).contains($0) || (9...13).contains($0) || $0 >= 0x80 }
            && String(validating: completeScalars(Array(bytes)), as: UTF8.self) != nil
    }

    /// The media type of a picture, or nil.
    package static func imageType(of head: some Collection<UInt8>) -> String? {
        let bytes = Array(head.prefix(16))
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: "GIF8".utf8) { return "image/gif" }
        if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) { return "image/webp" }
        return nil
    }

    /// The bytes without a multibyte sequence that the end of the head cuts off.
    private static func completeScalars(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        let tail = bytes.suffix(3).lastIndex { $0 >= 0xC0 }
        return tail.map { bytes[..<$0] } ?? bytes[...]
    }
}
