import ArgumentParser
import Files
import Glibc
import StageKit
import Stripe
import Wire

/// The byte filter: encrypted bytes on stdin, clear bytes on stdout, in constant memory.
struct Filter: ParsableArguments {
    @Option(help: ArgumentHelp("File of the key: one line of 8 to 112 hex digits.", valueName: "file"))
    var keyFile: String?

    @Option(
        help: ArgumentHelp(
            "Every Nth chunk is encrypted, from the first on. (default: 1)", valueName: "n"))
    var every: Int?

    @Option(help: ArgumentHelp("Bytes per chunk, a multiple of 8. (default: 2048)", valueName: "bytes"))
    var chunk: Int?

    @Option(
        help: ArgumentHelp(
            "Initialization vector of each encrypted chunk, 16 hex digits. (default: 0000000000000000)",
            valueName: "hex"))
    var iv: String?

    /// Whether any of the options was given.
    var isAsked: Bool { keyFile != nil || every != nil || chunk != nil || iv != nil }

    func run() throws(Failure) -> ExitStatus {
        guard let keyFile else { throw .config("no_key", "there is no key file") }
        let iv = Wire.bytes(hexadecimal: iv ?? "0000000000000000") ?? []
        let cipher = try Cipher(keyID: keyFile, chunkBytes: chunk ?? 2048, every: every ?? 1, iv: iv)
        let stripe = try Stripe(cipher, key: try Self.key(inFile: keyFile), .decrypt)
        let reader = StripeReader(0, of: "stdin", stripe)
        while let bytes = try reader.next() {
            guard try Self.write(bytes) else { return .ok }
        }
        guard Glibc.close(1) == 0 else { throw fileFailure("cannot close stdout") }
        return .ok
    }

    private static func key(inFile path: String) throws(Failure) -> Key {
        let text = try secret(inFile: path)
        let digits = text.split { $0 == 10 || $0 == 13 || $0 == 32 || $0 == 9 }
        guard digits.count == 1, let key = Key(hexadecimal: String(decoding: digits[0], as: UTF8.self)) else {
            throw .config("bad_key", "\(path) is not one line of 8 to 112 hex digits")
        }
        return key
    }

    /// False when the reader is gone.
    private static func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(1, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { return false }
            guard count >= 0 else { throw fileFailure("cannot write stdout") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
        return true
    }
}
