import CPosix
import Glibc
import Wire

/// A running program with pipes to it, in its own process group. Our ends of the pipes do not block.
package final class Child {
    /// How a process ended.
    package enum Ending: Equatable {
        case exited(Int32)
        case signalled(Int32)
    }

    package let processID: pid_t
    /// The descriptor of its stdin; -1 after `closeInput()`.
    package private(set) var input: Int32
    /// The descriptor of its stdout; -1 after `closeOutput()`.
    package private(set) var output: Int32
    /// The descriptor of its stderr.
    package let errors: Int32
    /// The descriptor of its events.
    package let events: Int32
    package private(set) var ending: Ending?

    /// Starts it, held to a jail if there is one; `environment` has its variables by name, of which a jail takes some away.
    ///
    /// - Throws: `no_program` (`config`), `no_process` (`transient`) if the machine has no resources for one now, and what
    ///   ``Jail/with(_:_:_:)`` throws.
    package init(_ executable: Executable, environment: [String: String], jail: Jail? = nil) throws(Failure) {
        var ends = Ends()
        defer { ends.closeTheirs() }
        try ends.open()
        var child: pid_t = -1
        let code: Int32
        do throws(Failure) {
            code = try ends.start(executable, environment, jail, &child)
        } catch {
            ends.closeOurs()
            throw error
        }
        guard code == 0 else {
            ends.closeOurs()
            if code < 0 { throw Jail.failure(executable, -code) }
            let message = "cannot run \(executable.path): \(systemWord(code))"
            throw code == EAGAIN || code == ENOMEM || code == EMFILE
                ? .transient("no_process", message) : .config("no_program", message)
        }
        processID = child
        (input, output) = (ends.pairs[0].write, ends.pairs[1].read)
        (errors, events) = (ends.pairs[2].read, ends.pairs[3].read)
    }

    deinit {
        closeInput()
        closeOutput()
        for descriptor in [errors, events] { close(descriptor) }
    }

    /// Closes its stdin: no more input comes.
    package func closeInput() {
        if input >= 0 { close(input) }
        input = -1
    }

    /// Stops reading its output, which it notices when it writes.
    package func closeOutput() {
        if output >= 0 { close(output) }
        output = -1
    }

    /// Sends a signal to it and to everything that it started in its group; false if none of them is left.
    @discardableResult
    package func send(_ signal: Int32) -> Bool { kill(-processID, signal) == 0 }

    /// How it ended, or nil if it still runs; does not wait.
    @discardableResult
    package func reap() -> Ending? {
        if ending != nil { return ending }
        var status: Int32 = 0
        guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
        let signal = status & 0x7f
        ending = signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
        return ending
    }
}

/// The four pipes, while a program is being started.
private struct Ends {
    var pairs = [(read: Int32, write: Int32)](repeating: (-1, -1), count: 4)

    mutating func open() throws(Failure) {
        for index in pairs.indices {
            var pair = pairs[index]
            guard posix_pipe(&pair.read, &pair.write) == 0 else {
                let message = "cannot make a pipe: \(systemWord(errno))"
                closeOurs()
                throw .transient("no_process", message)
            }
            pairs[index] = pair
            _ = fcntl(index == 0 ? pair.write : pair.read, F_SETFL, O_NONBLOCK)
        }
    }

    /// Starts the program, and returns what went wrong as `errno` has it.
    func start(
        _ executable: Executable, _ environment: [String: String], _ jail: Jail?, _ child: inout pid_t
    ) throws(Failure) -> Int32 {
        var theirs = [pairs[0].read, pairs[1].write, pairs[2].write, pairs[3].write]
        guard let jail else {
            return withCommand(executable, environment) { arguments, variables in
                posix_start(
                    executable.path, arguments, variables, theirs[0], theirs[1], theirs[2], theirs[3], &child)
            }
        }
        return try jail.with(executable, environment) { terms in
            withCommand(executable, jail.reduced(environment)) { arguments, variables in
                posix_start_jailed(executable.path, arguments, variables, &theirs, terms, &child)
            }
        }
    }

    func closeOurs() {
        for (index, pair) in pairs.enumerated() { close(index == 0 ? pair.write : pair.read) }
    }

    func closeTheirs() {
        for (index, pair) in pairs.enumerated() { close(index == 0 ? pair.read : pair.write) }
    }
}

/// The text for an `errno`, with what a person can do about it.
private func systemWord(_ code: Int32) -> String {
    let advice =
        switch code {
        case EMFILE: "; raise the limit with ulimit -n, or use fewer replicas"
        case EAGAIN: "; raise the limit with ulimit -u, or use fewer replicas"
        default: ""
        }
    return String(cString: strerror(code)) + advice
}

/// Passes a program's arguments and its variables to `body` as C has them.
func withCommand<Result>(
    _ executable: Executable, _ environment: [String: String],
    _ body: ([UnsafeMutablePointer<CChar>?], [UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    withArray(of: executable.arguments) { arguments in
        withArray(of: environment.map { "\($0.key)=\($0.value)" }) { body(arguments, $0) }
    }
}

/// Passes `texts` to `body` as an array of C strings that ends with a null.
private func withArray<Result>(
    of texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
    let copies = texts.map { needed(strdup($0)) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
}
