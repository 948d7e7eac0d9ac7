import Files
import Glibc
import Wire

/// The secret that a client on another machine must know.
struct Token {
    let path: String
    let text: String

    /// Reads it from a file that only its owner can read; creates the file with a new token if there is none.
    init(path: String) throws(Failure) {
        self.path = absolute(path)
        if access(self.path, F_OK) != 0 { try Self.make(self.path) }
        text = try secret(inFile: self.path).split { $0 <= 32 }.first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard text.utf8.count >= 16, text.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != UInt8(ascii: ";") }) else {
            throw .config(
                "bad_token", "\(self.path) holds no token of at least 16 characters; remove it, and a new one is made")
        }
    }

    /// In one step: a power cut leaves no file without its token, and of two servers the second takes that of the first.
    private static func make(_ path: String) throws(Failure) {
        let file = try PartialFile(at: path + ".part", keeping: false)
        do throws(Failure) {
            guard fchmod(file.descriptor, 0o600) == 0 else { throw fileFailure("cannot protect \(file.path)") }
            // The standard library's random numbers come from the system's secure source.
            try file.write(Array((hexadecimal((0..<24).map { _ in UInt8.random(in: .min ... .max) }) + "\n").utf8))
            if try file.rename(ifFree: path) { return }
        } catch {
            file.discard()
            throw error
        }
        file.discard()
    }
}
