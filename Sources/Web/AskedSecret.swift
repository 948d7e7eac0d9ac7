import CPosix
import Files
import Glibc
import Wire

/// A secret that a program gives: `SCHEME ARGS` as in a line of the credentials file, or a token alone, on the first line of its
/// stdout.
///
/// What it gave is kept in a file that only the user can read, for all processes: it is asked anew when that is refused, once
/// for all of them.
struct AskedSecret {
    /// A line for a shell.
    let command: String
    /// Who is asked with it, for messages.
    let host: String

    /// How long the program may take, in nanoseconds.
    private static let patience: Int64 = 30_000_000_000
    private static let mostBytes = 65_536
    /// Seconds within which a program that gave what was refused is not asked again.
    private static let recent = 5

    /// The secret; `refused` is one that is no good.
    ///
    /// - Throws: `no_credential` (`config`) where the program gives none, and what ``secret(inFile:)`` and
    ///   ``fileFailure(_:errno:)`` make of its file.
    func secret(insteadOf refused: Secret?) throws(Failure) -> Secret {
        guard let folder = Self.folder.map({ "\($0)/\(SHA256.of(command).prefix(32))" }) else {
            return try Self.secret(in: try answer(), of: self)
        }
        try makeFolderOfPassingThings(folder)
        chmod(folder, 0o700)
        let file = "\(folder)/answer"
        return try locking(folder) { () throws(Failure) in
            let known = try kept(in: file)
            if let known, known != refused || Self.isRecent("\(folder)/vain") { return known }
            let line = try answer()
            let secret = try Self.secret(in: line, of: self)
            try Self.keep(line, in: secret == refused ? "\(folder)/vain" : file)
            return secret
        }
    }

    /// Writes what was given, in the file itself. It is not durable: a line without an end was cut short by a crash.
    private static func keep(_ line: [UInt8], in path: String) throws(Failure) {
        let file = try PartialFile(at: path, keeping: false)
        guard fchmod(file.descriptor, 0o600) == 0 else { throw fileFailure("cannot protect \(path)") }
        try file.write(line + [10])
    }

    /// What was given before; nil for nothing that can be read, or that is not whole.
    private func kept(in file: String) throws(Failure) -> Secret? {
        guard access(file, F_OK) == 0, let text = try? Files.secret(inFile: file), text.last == 10 else { return nil }
        return try? Self.secret(in: Array(text.dropLast()), of: self)
    }

    /// Whether the program gave what had been refused just now.
    private static func isRecent(_ file: String) -> Bool {
        var status = stat()
        return stat(file, &status) == 0 && (0..<recent).contains(time(nil) - status.st_mtim.tv_sec)
    }

    private static func secret(in line: [UInt8], of asked: AskedSecret) throws(Failure) -> Secret {
        do throws(Words.Mistake) {
            let words = try Words.parsed(line).map { String(decoding: $0, as: UTF8.self) }
            guard !words.isEmpty, !words.contains(where: { $0.unicodeScalars.contains(where: \.isHarmful) }) else {
                throw Words.Mistake(message: "it is not SCHEME ARGS")
            }
            if words.count == 1 { return .bearer(token: words[0]) }
            let secret = try Secret(words)
            if case .asked = secret { throw Words.Mistake(message: "it names another program") }
            return secret
        } catch {
            throw asked.failure("gives no credential: \(error.message)")
        }
    }

    /// The first line that the program writes.
    private func answer() throws(Failure) -> [UInt8] {
        var (input, output): (Int32, Int32) = (-1, -1)
        let process = posix_start_coprocess(command, nil, &input, &output)
        guard process > 0 else { throw failure("does not start: \(String(cString: strerror(errno)))") }
        close(input)
        defer { close(output) }
        let (end, bytes) = (monotonicNanoseconds() + Self.patience, read(output))
        var status: Int32 = 0
        while waitpid(process, &status, WNOHANG) == 0 {
            if monotonicNanoseconds() > end || bytes == nil { kill(-process, SIGKILL) }
            poll(nil, 0, 5)
        }
        guard let bytes else { throw failure("does not answer") }
        guard status == 0 else { throw failure("failed") }
        return Array(bytes.prefix { $0 != 10 })
    }

    /// What comes until the end; nil where that takes too long, or is too much.
    private func read(_ output: Int32) -> [UInt8]? {
        let end = monotonicNanoseconds() + Self.patience
        var (bytes, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while monotonicNanoseconds() < end, bytes.count <= Self.mostBytes {
            var ready = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, 100) > 0 else { continue }
            let count = Glibc.read(output, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count > 0 { bytes += buffer[..<count] }
        }
        return nil
    }

    /// It never says what the program wrote.
    private func failure(_ what: String) -> Failure {
        .config("no_credential", "the program that has the credential for \(host) \(what)", host: host)
    }

    /// Where answers are kept; nil for nowhere.
    static var folder: String? { KeptPasswords.path.map { "\(Files.folder(of: $0))/answers" } }
}
