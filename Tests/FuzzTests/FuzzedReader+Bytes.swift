import Files
import Glibc
import Wire

@testable import Stripe
@testable import Tags
@testable import intake

extension FuzzedReader {
    /// A cipher in four bytes, the step in which the body is given in one, then the body.
    func readStripes(_ bytes: [UInt8]) throws {
        guard bytes.count > 5, let key = Key(hexadecimal: "00112233445566778899aabbccddeeff") else { return }
        let chunk = 8 * (1 + Int(bytes[0]) % 8)
        let cipher = try Cipher(
            keyID: "k", chunkBytes: chunk, every: 1 + Int(bytes[1]) % 7, iv: Array(repeating: bytes[2], count: 8))
        let (body, begin) = (Array(bytes[5...]), Int(bytes[3]) % 3)
        let wrapped = try slowly(body, cipher, key, .encrypt, from: begin)
        let walked = try walk(body, cipher, key, .encrypt, from: begin, step: 1 + Int(bytes[4]))
        try promise(walked == wrapped, "however a body is cut, it is wrapped alike")
        let clear = try walk(wrapped, cipher, key, .decrypt, from: begin, step: 1 + Int(bytes[4]))
        try promise(clear == body, "what is wrapped is unwrapped")
    }

    private func walk(
        _ body: [UInt8], _ cipher: Cipher, _ key: Key, _ direction: Stripe.Direction, from chunk: Int, step: Int
    ) throws -> [UInt8] {
        var stripe = try Stripe(cipher, key: key, direction, fromChunk: chunk)
        var (result, pending, rest) = ([UInt8](), [UInt8](), body[...])
        while !rest.isEmpty {
            pending += rest.prefix(step)
            rest = rest.dropFirst(step)
            let finished = try pending.withUnsafeMutableBytes { try stripe.transform($0) }
            result += pending.prefix(finished)
            pending.removeFirst(finished)
        }
        return result + pending
    }

    /// As the contract says it: chunk by chunk.
    private func slowly(
        _ body: [UInt8], _ cipher: Cipher, _ key: Key, _ direction: Stripe.Direction, from first: Int
    ) throws -> [UInt8] {
        var (result, index) = ([UInt8](), first)
        for start in stride(from: 0, to: body.count, by: cipher.chunkBytes) {
            var chunk = Array(body[start..<min(start + cipher.chunkBytes, body.count)])
            if index % cipher.every == 0, chunk.count == cipher.chunkBytes {
                let blowfish = try Blowfish(key, iv: cipher.iv, direction)
                try chunk.withUnsafeMutableBytes { try blowfish.transform($0) }
            }
            (result, index) = (result + chunk, index + 1)
        }
        return result
    }

    /// The first bytes of audio and pictures, and the tags of a file.
    func readAudio(_ bytes: [UInt8]) throws {
        let format = Magic.format(of: bytes)
        _ = (Magic.isText(bytes), Magic.imageType(of: bytes), Magic.hasMPEG(bytes), ImageSize(of: bytes))
        _ = SyncedLyrics(lrc: String(decoding: bytes, as: UTF8.self))
        try withFile(of: bytes) { descriptor, path in try readAudio(descriptor, path, head: format) }
    }

    private func readAudio(_ descriptor: Int32, _ path: String, head format: Format?) throws {
        guard let found = Magic.format(ofFile: descriptor) else { return }
        if let format, ![.mp3, .wav].contains(format) { try promise(found == format, "a file is what its head says") }
        _ = (
            try? AudioTags.read(path, found), try? AudioTags.duration(path, found),
            try? AudioTags.artwork(path, found)
        )
    }

    /// An archive: no more comes out of it than may, and no name in it leads anywhere.
    func readArchive(_ bytes: [UInt8]) throws {
        let limits = UnpackLimits(bytes: 1 << 20)
        try withFile(of: bytes) { descriptor, path in
            do {
                let archive = try ArchiveReader(descriptor, path, limits, charset: "CP437")
                while let entry = try archive.next() {
                    let parts = entry.name.split { $0 == "/" || $0 == "\\" }
                    try promise(!parts.contains("..") && !entry.name.hasPrefix("/"), "no name leads anywhere")
                    let before = archive.bytes
                    var count = 0
                    try archive.read { piece in count += piece.count }
                    try promise(archive.bytes == before + count, "bytes are counted")
                    try promise(archive.bytes <= limits.bytes, "no more comes than may")
                    _ = (NameHint(entry.name, in: path), CoverName.rank(entry.name), ArchiveReader.isOne(entry.name))
                }
            } catch let error as Failure {
                try promise(
                    ["bad_archive", "encrypted", "too_large", "no_memory"].contains(error.code),
                    "\(error.code) for an archive")
            }
        }
    }

    /// Hands over a file in memory, and its path.
    private func withFile(of bytes: [UInt8], _ body: (Int32, String) throws -> Void) throws {
        let path = "/dev/shm/segue-fuzz-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer {
            close(descriptor)
            unlink(path)
        }
        if write(descriptor, bytes, bytes.count) == bytes.count { try body(descriptor, path) }
    }
}
