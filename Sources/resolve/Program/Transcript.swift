import Files
import Glibc
import Wire

/// A file of what was said to sources and by them, for their authors.
final class Transcript {
    enum Mark: String { case told = ">", said = "<", broken = "!" }

    private let descriptor: Int32

    /// The most bytes of a line that was told.
    private static let longest = 4096

    /// - Throws: what ``fileFailure(_:errno:)`` makes of it.
    init(_ path: String) throws(Failure) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw fileFailure("cannot write \(path)") }
    }

    deinit { close(descriptor) }

    /// Adds a line; one that cannot be written is missing.
    func add(_ mark: Mark, _ text: some Sequence<UInt8>) {
        let text = mark == .told ? Array(text.prefix(Self.longest)) : Array(text)
        let line = Array("\(mark.rawValue) ".utf8) + text + [10]
        _ = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
