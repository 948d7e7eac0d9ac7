import Files
import Glibc
import Web
import Wire

/// The requests that a source makes for one question.
final class SourceGets {
    /// A failure that may pass of a request that did not succeed later.
    var failure: Failure? { failed?.failure }
    /// The last failure.
    private(set) var refusal: Failure?
    /// The host that was asked last.
    private(set) var host: String?
    private let client: Client
    private let auth: Auth
    private let bases: [String]
    private var failed: (key: String, failure: Failure)?
    private var (count, bytes) = (0, 0)
    private var files: [UnnamedFile] = []

    private static let most = 100
    private static let mostBytes = 256 << 20
    private static let longestBody = 8 << 20
    private static let maximumDepth = 64

    init(_ client: Client, name: String, bases: [String]) {
        (self.client, self.bases, auth) = (client, bases, .own(name, isNeeded: false))
    }

    /// The answer to a `get`, and the rule that it breaks; no answer for one that makes no sense.
    func answer(_ line: JSONObject) throws(Failure) -> (JSONObject?, broken: (rule: String, what: String)?) {
        let asked: SourceGet
        do throws(Failure) {
            asked = try SourceGet(line)
        } catch {
            return (nil, ("valid-lines", "wrote a get that makes no sense: \(error.message)"))
        }
        count += 1
        guard count <= Self.most, bytes <= Self.mostBytes else {
            return (nil, ("bounded-gets", "got over \(Self.most) URLs or \(Self.mostBytes >> 20) MiB for one question"))
        }
        do throws(Failure) {
            let answer = try get(asked)
            if failed?.key == asked.key { failed = nil }
            return (answer, nil)
        } catch {
            if error == .stopped { throw error }
            (refusal, host) = (error, error.host ?? host)
            if error.class != .permanent { failed = failed ?? (asked.key, error) }
            let isFar = error.code != "bad_url"
            return (
                Self.line(error), isFar ? nil : ("asks-the-web", "asked for \(asked.url.prefix(200)): \(error.message)")
            )
        }
    }

    private func get(_ asked: SourceGet) throws(Failure) -> JSONObject {
        let file = asked.form == .file ? try UnnamedFile() : nil
        var body: [UInt8] = []
        let head = try client.get(
            asked.url, asked.properties, bases: bases, auth: auth,
            limit: file == nil ? Self.longestBody : Self.mostBytes - bytes
        ) { piece throws(Failure) in
            self.bytes += piece.count
            if let file { try file.write(piece) } else { body += piece }
        }
        host = head.host
        var answer = JSONObject()
        answer["kind"] = .string("answer")
        answer["status"] = .integer(head.status)
        answer["type"] = head.fields["content-type"].map(JSON.string)
        answer["link"] = head.fields["link"].map(JSON.string)
        if let file { files.append(file) }
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { body.removeFirst(3) }
        switch asked.form {
        case .file: answer["file"] = file.map { .string($0.path) }
        case .text: answer["body"] = .string(String(decoding: body, as: UTF8.self))
        case .json: answer["body"] = try Self.value(of: body, host: head.host)
        }
        return answer
    }

    /// The JSON value on one line.
    private static func value(of body: [UInt8], host: String) throws(Failure) -> JSON {
        do throws(Malformed) {
            return try JSON(parsing: body.map { $0 == 10 || $0 == 13 ? 32 : $0 }, maximumDepth: maximumDepth)
        } catch {
            throw .transient("bad_document", "what \(host) sent is no JSON (\(error))", host: host)
        }
    }

    private static func line(_ failure: Failure) -> JSONObject {
        var line = JSONObject()
        line["kind"] = .string("error")
        line["class"] = .string(failure.class.rawValue)
        line["code"] = .string(failure.code.rawValue)
        line["host"] = failure.host.map(JSON.string)
        line["message"] = .string(failure.message)
        line["retry_after_s"] = failure.retryAfter.map(JSON.integer)
        return line
    }
}

/// A file without a name, which other processes of the user open by its path until it is closed.
private final class UnnamedFile {
    private let descriptor: Int32

    init() throws(Failure) {
        let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(folder)/segue-source-XXXXXX".utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw fileFailure("cannot make a file in \(folder)") }
        unlink(template)
    }

    deinit { close(descriptor) }

    var path: String { "/proc/\(getpid())/fd/\(descriptor)" }

    func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            guard count > 0 || errno == EINTR else { throw fileFailure("cannot keep what a source got") }
            rest = rest.dropFirst(max(count, 0))
        }
    }
}
