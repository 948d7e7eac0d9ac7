import Files
import Glibc
import StageKit
import Stripe
import Wire

/// Decrypts one spooled file into a new file beside it; the original stays as it is.
struct Unwrapper {
    private let file: SpooledFile
    private let cipher: Cipher
    private let media: Media?
    private let id: String
    private let output: String

    init(of file: SpooledFile, _ cipher: Cipher, media: Media?, in record: Record) throws(Failure) {
        (self.file, self.cipher, self.media, id) = (file, cipher, media, record.id)
        output = SpoolName(of: record).path(.clear, in: folder(of: file.path))
        let own = [output, output + ".part"].map(lastPart)
        guard !own.contains(where: { $0.utf8.elementsEqual(lastPart(of: file.path).utf8) }) else {
            throw .permanent("bad_record", "file.path is the path of the result: \(file.path)")
        }
    }

    /// The digest of an earlier result, if that is there and valid.
    func existing() throws(Failure) -> String? {
        guard let wanted = media?.clearSHA256, access(output, R_OK) == 0 else { return nil }
        let found = try digest(ofFile: output)
        return found.bytes == file.bytes && found.sha256 == wanted ? wanted : nil
    }

    /// Writes the result and returns its digest; a failure leaves no result.
    ///
    /// The result is not durable: who reads it after a power cut checks its digest, as is done here with the input.
    func run(_ key: Key, _ channels: Channels) throws(Failure) -> String {
        let input = try openInput()
        defer { close(input) }
        // Where the digest of the clear bytes is known, it proves the wrapped ones too.
        if media?.clearSHA256 == nil { try file.prove { channels.mustDrop } }
        let partial = try PartialFile(at: output + ".part", keeping: false)
        do throws(Failure) {
            let reader = StripeReader(input, of: file.path, try Stripe(cipher, key: key, .decrypt))
            let sha256 = try copy(reader, to: partial, channels)
            try partial.giveName(output)
            return sha256
        } catch {
            partial.discard()
            // Nothing is wrong with the key where a power cut left holes in the input.
            if error.class == .permanent { try file.prove { channels.mustDrop } }
            throw error
        }
    }

    /// The record with the result in its file section.
    func answer(to record: Record, sha256: String) -> Record {
        var answer = record
        answer.edit("file") { section in
            section["path"] = .string(output)
            section["bytes"] = .integer(file.bytes)
            section["sha256"] = .string(sha256)
            section["cipher"] = nil
        }
        return answer
    }

    private func openInput() throws(Failure) -> Int32 {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT || errno == ENOTDIR {
            throw .stale("no_file", "the file is not there: \(file.path)")
        }
        guard descriptor >= 0 else { throw fileFailure("cannot open \(file.path)") }
        var status = stat()
        guard fstat(descriptor, &status) == 0, Int(status.st_size) == file.bytes else {
            close(descriptor)
            throw wrongLength(Int(status.st_size))
        }
        return descriptor
    }

    private func copy(
        _ reader: StripeReader, to partial: PartialFile, _ channels: Channels
    ) throws(Failure) -> String {
        var digest = SHA256()
        var written = 0
        while let bytes = try reader.next() {
            if channels.mustDrop { throw .stopped }
            if written == 0 { try check(head: bytes) }
            digest.update(bytes)
            try partial.write(bytes)
            written += bytes.count
            channels.progress(id, bytes: written, total: file.bytes)
        }
        if written == 0 { try check(head: UnsafeRawBufferPointer(start: nil, count: 0)) }
        guard written == file.bytes else { throw wrongLength(written) }
        let sha256 = hexadecimal(digest.finish())
        guard media?.clearSHA256 ?? sha256 == sha256 else {
            throw .stale("wrong_digest", "the clear bytes are not those of media.clear_sha256")
        }
        return sha256
    }

    private func check(head: UnsafeRawBufferPointer) throws(Failure) {
        let head = head.prefix(64)
        guard media.map({ Magic.matches(head, $0.format) }) ?? (Magic.format(of: head) != nil) else {
            let wanted = media?.format.rawValue ?? "audio"
            throw .permanent("wrong_key", "under the key \(cipher.keyID) the file does not begin like \(wanted)")
        }
    }

    private func wrongLength(_ bytes: Int) -> Failure {
        .stale("wrong_length", "the file has \(bytes) bytes, not \(file.bytes): \(file.path)")
    }
}
