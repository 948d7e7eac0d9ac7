import Glibc
import Wire

extension Magic {
    /// The format that an open file's first bytes show, after a leading ID3 tag if there is one.
    package static func format(ofFile descriptor: Int32) -> Format? {
        let head = bytes(descriptor, at: 0)
        guard head.starts(with: "ID3".utf8), head.count >= 10 else {
            let found = format(of: head)
            let isOpen = found == nil || found == .wav
            return isOpen && hasMPEG(bytes(descriptor, at: 0, count: mpegBytes)) ? .mp3 : found
        }
        let size = head[6..<10].reduce(0) { $0 << 7 | Int($1 & 0x7F) }
        let footer = head[5] & 0x10 == 0 ? 0 : 10
        return format(of: bytes(descriptor, at: 10 + size + footer)) == .flac ? .flac : .mp3
    }

    /// Reads up to `most` bytes.
    private static func bytes(_ descriptor: Int32, at offset: Int, count most: Int = 64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: most) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, offset))
        }
    }
}
