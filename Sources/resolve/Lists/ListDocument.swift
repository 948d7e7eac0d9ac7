import Files
import Glibc
import Lists
import Web
import Wire

/// A list that is open for reading, from this machine or another.
struct ListDocument: ~Copyable {
    /// The base of relative links in it.
    let location: String
    /// Its name in messages.
    var name: String { WebLink.isOne(location) ? WebLink.shown(location) : location }
    /// The encoding that its sender declares.
    let charset: String?
    /// Whether it is as it was when it was seen; then there is nothing to read.
    let isUnchanged: Bool
    /// What its server said of it, to be asked by the next time.
    let seen: SeenList?
    /// Where its server has moved it for good.
    let movedTo: String?
    /// The format, if it is audio instead of a list; then only its beginning was read.
    let audio: Format?
    private let descriptor: Int32

    private static let maximumBytes = 256 << 20

    /// Opens a file of this machine, of any length.
    init(file path: String) throws(Failure) {
        (location, charset, audio) = (absolute(path), nil, nil)
        (isUnchanged, seen, movedTo) = (false, nil, nil)
        descriptor = open(location, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.failure("cannot open \(location)") }
    }

    /// Downloads a document into an unnamed temporary file, unless it is as it was when it was `seen`.
    init(url: String, _ client: Client, auth: Auth, seen before: SeenList? = nil) throws(Failure) {
        location = url
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var name = Array("\(folder)/segue-list-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        guard file >= 0 else { throw fileFailure("cannot make a file in \(folder)") }
        unlink(name)
        do throws(Failure) {
            let (head, format) = try Self.receive(url, into: file, client, auth, before)
            (charset, audio, movedTo) = (head.charset, format, head.movedTo)
            (isUnchanged, seen) = (head.isUnchanged, SeenList(head))
        } catch {
            close(file)
            if error == .stopped { throw error }
            var failure = error
            failure.message = "\(WebLink.shown(url)): \(error.message)"
            throw failure
        }
        descriptor = file
        lseek(descriptor, 0, SEEK_SET)
    }

    deinit { close(descriptor) }

    /// A file that cannot be read is a fault of the request that names it, not of this machine.
    private static func failure(_ what: String) -> Failure {
        let code = errno
        var failure = fileFailure(what, errno: code)
        if [ENOENT, ENOTDIR, EISDIR, ELOOP].contains(code) { failure.code = "no_file" }
        if ["no_file", "no_access"].contains(failure.code) { failure.class = .permanent }
        return failure
    }

    private static func receive(
        _ url: String, into file: Int32, _ client: Client, _ auth: Auth, _ seen: SeenList?
    ) throws(Failure) -> (head: Head, audio: Format?) {
        var count = 0
        let beginning = Beginning()
        var request = Request(url: url)
        request.auth = auth
        (request.headers, request.isConditional) = (seen?.headers ?? [], seen?.headers.isEmpty == false)
        // A type of lists or of video is not audio.
        let mayBeAudio = !leadsElsewhere(url)
        request.isEnough = { mayBeAudio && beginning.isWhole && beginning.format != nil }
        let head = try client.transfer(request) { head throws(Failure) in
            beginning.mime = head.fields["content-type"]
        } onBody: { piece throws(Failure) in
            count += piece.count
            guard count <= maximumBytes else {
                throw .permanent("too_large", "a list of more than \(maximumBytes) bytes")
            }
            beginning.take(piece)
            try writeAll(piece, to: file, of: "a copy of the list")
        }
        return (head, mayBeAudio ? beginning.format : nil)
    }

    /// Its first bytes; reading starts with them all the same.
    func head() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 1024) { buffer, count in
            count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    /// The next bytes; empty at the end.
    func read() throws(Failure) -> [UInt8] {
        var failed = false
        let bytes = [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            let read = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            (count, failed) = (max(0, read), read < 0)
        }
        if failed { throw Self.failure("cannot read \(location)") }
        return bytes
    }
}
