import Files
import Glibc
import Wire

/// What a stage says about itself with `--describe`.
package struct Description: Equatable, Sendable {
    /// How answers relate to records: one for each, members before it, or the answers for a whole batch at once.
    package enum Mode: String, CaseIterable { case map, expand, batch }

    package let mode: Mode
    /// The kinds of records that it works on.
    package let kinds: Set<String>
    /// The sections that it reads.
    package let reads: [String]
    /// The sections that it writes.
    package let writes: [String]
    /// The names of the catalogs that it asks; nil if it does not report them.
    package let catalogs: [String]?
    /// The names of those of them that may have lists of kinds of their own.
    package let sources: [String]
    /// The roles that it can take for commands; unknown ones are left out.
    package let roles: Set<Role>
    /// The folder of the library that it works with.
    package let library: String?
    /// Whether it only lists what is in collections.
    package let rows: Bool
    /// How many records a replica should have in hand at once; nil if it does not say.
    package let window: Int?
    /// How many records a replica works on at once; nil if it does not say, and works on one.
    package let workers: Int?
    /// How many replicas are useful at most; nil if it does not say.
    package let replicas: Int?
    /// What it needs of the machine; nil if it does not say.
    package let needs: Needs?

    private static let patience: Int64 = 20_000_000_000
    private static let contract = 1

    /// Asks a program, which must understand `--describe`, held to a jail if there is one.
    ///
    /// - Throws: `no_description` or `bad_options` (`config`), and what ``Child`` throws.
    package init(of executable: Executable, jail: Jail? = nil) throws(Failure) {
        let command = [executable.path] + executable.arguments.dropFirst()
        // With other arguments beside --describe it also checks whether it accepts them.
        let question = try Executable(command.prefix { $0 != "--" } + ["--describe", "--"])
        let end = monotonicNanoseconds() + Self.patience
        var answer: [UInt8] = []
        // A program that was killed before it answered is asked again.
        for _ in 0..<10 where answer.isEmpty && monotonicNanoseconds() < end {
            answer = try Self.answer(to: question, jail, until: end)
        }
        try self.init(answer: answer, of: executable.path)
    }

    /// Parses a program's answer.
    ///
    /// - Throws: `no_description` (`config`) if the answer lacks what a stage must report.
    package init(answer: [UInt8], of program: String) throws(Failure) {
        guard let object = (try? JSON(parsing: answer))?.object, object["name"]?.string != nil,
            let mode = (object["mode"]?.string).flatMap(Mode.init), let kinds = object["kinds"]?.strings,
            let reads = object["reads"]?.strings, let writes = object["writes"]?.strings
        else { throw .config("no_description", "\(program) --describe does not say what stage it is") }
        guard let contract = object["contract"]?.integer, contract == Self.contract else {
            let message = "\(program) follows another version of the contract than \(Self.contract), which segue knows"
            throw .config("no_description", message)
        }
        (self.mode, self.kinds, self.reads, self.writes) = (mode, Set(kinds), reads, writes)
        (catalogs, library) = (object["catalogs"]?.strings, object["library"]?.string)
        sources = object["sources"]?.strings ?? []
        (roles, rows) = (
            Set((object["roles"]?.strings ?? []).compactMap(Role.init)), object["rows"]?.boolean ?? false
        )
        (window, replicas) = (object["window"]?.integer, object["replicas"]?.integer)
        (workers, needs) = (object["workers"]?.integer, (object["needs"]?.object).map(Needs.init))
    }

    /// What it writes until it ends, or is killed for taking too long.
    private static func answer(
        to question: Executable, _ jail: Jail?, until end: Int64
    ) throws(Failure) -> [UInt8] {
        let child = try Child(question, environment: Environment.forStages(hosts: ""), jail: jail)
        child.closeInput()
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while monotonicNanoseconds() < end, answer.count <= Record.maximumLineBytes {
            var ready = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
            poll(&ready, 1, 100)
            let count = read(child.output, &buffer, buffer.count)
            if count == 0 { break }
            if count > 0 { answer += buffer[..<count] }
        }
        if child.reap() == nil { child.send(SIGKILL) }
        while child.reap() == nil { usleep(500) }
        guard child.ending == .exited(ExitStatus.usage.rawValue) else { return answer }
        // It does not accept the arguments that it would be run with.
        let count = max(0, read(child.errors, &buffer, buffer.count))
        var errors = ErrorText()
        _ = errors.add(buffer[..<count], now: 0)
        let reason = errors.reason(child.ending) ?? "it does not accept its arguments"
        throw .config("bad_options", reason.hasPrefix("Error: ") ? String(reason.dropFirst(7)) : reason)
    }
}

extension JSON {
    /// The strings of a list; nil for anything but a list of strings.
    fileprivate var strings: [String]? {
        let strings = elements.compactMap(\.string)
        return isArray && strings.count == elements.count ? strings : nil
    }
}
