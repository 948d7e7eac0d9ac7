import Files
import Glibc
import StageKit
import Web
import Wire

/// A program that answers questions about music, started for the first one and again after it failed: manual, sources.
final class SourceProgram {
    let name: String
    let client: Client
    /// What the program said about itself when it was last started.
    private(set) var hello = SourceHello()
    private let command: String
    private let patience: Double
    private let channels: Channels
    private let transcript: Transcript?
    private var process: Coprocess?
    /// Until when it is not asked again after it was silent, in nanoseconds.
    private var silentUntil: Int64 = 0

    private static let longestLine = 1 << 20
    private static let mostBytes = 64 << 20
    private static let mostRows = 10_000
    private static let maximumDepth = 64
    /// How many nanoseconds a silent program is left alone.
    private static let pause: Int64 = 30_000_000_000

    /// `patience` is how many seconds it may go without an answer.
    init(
        _ program: NamedProgram, client: Client, patience: Double, channels: Channels, transcript: Transcript?
    ) {
        (name, command, self.client, self.patience) = (program.name, program.command, client, patience)
        (self.channels, self.transcript) = (channels, transcript)
    }

    /// Passes on the rows of an answer, and returns its last line, which is of the kind `last`.
    ///
    /// - Throws: what the program or a request of its answers with, or `source` (`transient`) for an answer that breaks a
    ///   rule; then the program is ended.
    func ask(
        _ question: JSONObject, last: String, rows: String? = nil,
        _ take: (JSONObject) throws(Failure) -> Void = { _ in }
    ) throws(Failure) -> JSONObject {
        try converse(try running(), question, last, rows, take)
    }

    /// What it says about itself; the program is started if need be.
    func introduced() throws(Failure) -> SourceHello {
        _ = try running()
        return hello
    }

    /// The failure of an answer that breaks a rule.
    func fault(_ rule: String, _ what: String) -> Failure {
        note(rule, what)
        return .transient("source", "the source \(name) \(what)")
    }

    /// Writes down that a rule was broken.
    func note(_ rule: String, _ what: String) { transcript?.add(.broken, "\(rule) \(what)".utf8) }

    private func note(unasked text: [UInt8]) {
        transcript?.add(.said, text.prefix { $0 != 10 })
        note("nothing-unasked", "wrote a line while nothing was asked")
    }

    /// Closes the program's stdin, so that it knows that no more questions come.
    func close() {
        guard let process else { return }
        if case .wrote(let text)? = process.stray { note(unasked: text) }
        if !process.finish(seconds: channels.isStopping ? 1 : min(patience, 5)) {
            note("ends-at-eof", "did not end when its input ended")
        }
        self.process = nil
    }

    private func running() throws(Failure) -> Coprocess {
        if let process {
            switch process.stray {
            case nil: return process
            case .wrote(let text): note(unasked: text)
            case .ended: note("stays-alive", "ended before its input did")
            }
        }
        process = nil
        guard monotonicNanoseconds() >= silentUntil else {
            throw .transient("source", "the source \(name) did not answer a moment ago, and is left alone for now")
        }
        let started = try silence { () throws(Coprocess.Silence) in
            try Coprocess(command, environment: Self.environment, limit: Self.longestLine)
        }
        process = started
        var question = JSONObject()
        question["hello"] = .integer(1)
        question["name"] = .string(name)
        if client.credential(ofCatalogIn: "\(name):") != nil { question["credential"] = .boolean(true) }
        do throws(Failure) {
            hello = try SourceHello(try converse(started, question, "hello", nil) { _ in })
        } catch {
            process = nil
            throw error.code == "bad_record" ? fault("answers-hello", "says hello wrongly: \(error.message)") : error
        }
        return started
    }

    private func converse(
        _ process: Coprocess, _ question: JSONObject, _ last: String, _ rows: String?,
        _ take: (JSONObject) throws(Failure) -> Void
    ) throws(Failure) -> JSONObject {
        // One that has not come to its last line cannot be asked anything else.
        self.process = nil
        let gets = SourceGets(client, name: name, bases: hello.bases)
        try tell(question.value.text, process)
        var (bytes, count) = (0, 0)
        while true {
            let (line, kind, size) = try next(process)
            bytes += size
            guard bytes <= Self.mostBytes else { throw fault("bounded-answers", "answers with over 64 MiB") }
            switch kind {
            case "get":
                let (answer, broken) = try gets.answer(line)
                if let (rule, what) = broken {
                    note(rule, what)
                    if answer == nil { throw fault(rule, what) }
                }
                if let answer { try tell(answer.value.text, process) }
            case "error":
                self.process = process
                throw try failure(line, gets)
            case last:
                self.process = process
                if let failure = gets.failure { throw failure }
                return line
            case rows:
                count += 1
                guard count <= Self.mostRows else {
                    throw fault("bounded-answers", "answers with over \(Self.mostRows) rows; longer lists go in pages")
                }
                try take(line)
            default:
                let rule = last == "hello" ? "answers-hello" : "valid-lines"
                throw fault(rule, "answered with a line of the kind \(kind.prefix(40)), not \(last)")
            }
        }
    }

    private func tell(_ line: ArraySlice<UInt8>, _ process: Coprocess) throws(Failure) {
        transcript?.add(.told, line)
        try silence { () throws(Coprocess.Silence) in
            try process.write(line, seconds: patience, mustDrop: { channels.mustDrop })
        }
    }

    private func next(_ process: Coprocess) throws(Failure) -> (line: JSONObject, kind: String, bytes: Int) {
        let text = try silence { () throws(Coprocess.Silence) in
            try process.readLine(seconds: patience, mustDrop: { channels.mustDrop })
        }
        transcript?.add(.said, text)
        guard let line = (try? JSON(parsing: text, maximumDepth: Self.maximumDepth))?.object,
            let kind = line["kind"]?.string
        else { throw fault("valid-lines", "wrote a line that is no JSON object with a kind") }
        return (line, kind, text.count)
    }

    /// What the body returns; a silence becomes the rule that it breaks.
    private func silence<Result>(_ body: () throws(Coprocess.Silence) -> Result) throws(Failure) -> Result {
        do throws(Coprocess.Silence) {
            return try body()
        } catch {
            if error == .late { silentUntil = monotonicNanoseconds() + Self.pause }
            switch error {
            case .stopped: throw .stopped
            case .late: throw fault("answers-in-time", error.words)
            case .tooLong: throw fault("valid-lines", error.words)
            case .ended, .notStarted: throw fault("stays-alive", error.words)
            }
        }
    }

    /// The failure that an `error` says; what a request failed with for now counts more, and is taken from the request itself.
    private func failure(_ line: JSONObject, _ gets: SourceGets) throws(Failure) -> Failure {
        if let failure = gets.failure { return failure }
        guard let name = line["class"]?.string, let kind = Failure.Class(rawValue: name),
            [.permanent, .transient, .throttled].contains(kind), let code = line["code"]?.string,
            code.wholeMatch(of: /[a-z][a-z0-9_]{0,39}/) != nil, let message = line["message"]?.string
        else { return fault("errors-in-words", "wrote an error without a class, a code or a message of the manual") }
        if let refusal = gets.refusal, refusal.class == kind, refusal.code.rawValue == code { return refusal }
        let words = "\(self.name): \(message.prefix(500))"
        guard kind == .throttled, let host = gets.host else {
            return Failure(
                kind == .permanent ? .permanent : .transient, Failure.Code(rawValue: code), words, host: gets.host)
        }
        let seconds = min(max(line["retry_after_s"]?.integer ?? 5, 1), 3600)
        return .throttled(Failure.Code(rawValue: code), words, host: host, retryAfter: seconds)
    }

    /// What it needs to run; the variables of segue are about what it has nothing to do with.
    private static let environment: [String] = {
        let names: Set = ["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "LANG", "LANGUAGE"]
        var found: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let variable = String(cString: text)
            let name = variable.prefix { $0 != "=" }
            if names.contains(String(name)) || name.hasPrefix("LC_") { found.append(variable) }
            entry += 1
        }
        return found
    }()
}
