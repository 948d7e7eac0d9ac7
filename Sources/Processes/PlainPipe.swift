import Files
import Glibc
import Wire

/// Programs in a pipe, one process each, with us at both ends.
package final class PlainPipe {
    private let links: [PipedProcess]
    private var lines = LineReader()
    /// Whether a line said that something failed.
    private var hasFailed = false

    /// Starts the programs, each held to its jail; `environment` has the variables of each by name.
    ///
    /// - Throws: what ``Child`` throws.
    package init(
        _ programs: [(executable: Executable, jail: Jail?)], environment: [String: String]
    ) throws(Failure) {
        links = try programs.map { program throws(Failure) in
            let child = try Child(program.executable, environment: environment, jail: program.jail)
            return PipedProcess(child, name: lastPart(of: program.executable.path))
        }
    }

    deinit { end() }

    /// Ends the programs that still run, at once, and leaves no dead process behind.
    private func end() {
        let running = links.filter { $0.child.reap() == nil }
        for link in running { link.child.send(SIGKILL) }
        for link in running { for _ in 0..<2000 where link.child.reap() == nil { usleep(1000) } }
    }

    /// Passes the records to the first program, and each line of the last one to `each`.
    ///
    /// Returns false if a signal asked to stop: then the first program gets no more to do, and the others finish what
    /// it gave them. A second signal ends them all.
    ///
    /// - Throws: `stage_ended` if a program failed.
    package func run(_ records: [Record], _ signals: Signals, each: (LineReader.Line) -> Void) throws(Failure) -> Bool {
        begin(with: records)
        var isStopping = false
        while links.contains(where: { !$0.hasEnded }) {
            turn(signals.descriptor, milliseconds: 1000)
            if signals.drain().contains(where: Signals.asksForTheEnd) {
                if isStopping { return false }
                isStopping = true
                links[0].isLeft = true
                links[0].child.send(SIGTERM)
            }
            try pass(each)
        }
        return !isStopping
    }

    /// The same for as long as the answers are wanted; returns false if they no longer were, and ends the programs.
    ///
    /// - Throws: `stage_ended` if a program failed.
    package func run(
        _ records: [Record], while isWanted: () -> Bool, each: (LineReader.Line) -> Void
    ) throws(Failure) -> Bool {
        begin(with: records)
        while links.contains(where: { !$0.hasEnded }) {
            turn(-1, milliseconds: 100)
            guard isWanted() else {
                end()
                return false
            }
            try pass(each)
        }
        return true
    }

    private func begin(with records: [Record]) {
        for record in records { links[0].give(record) }
        links[0].takesMore = false
    }

    private func pass(_ each: (LineReader.Line) -> Void) throws(Failure) {
        for (link, next) in zip(links, links.dropFirst()) { link.pass(to: next) }
        links[links.count - 1].read(&lines) { line in
            if case .text(let text) = line, (try? Record(line: text))?.kind == "error" { hasFailed = true }
            each(line)
        }
        try check(hasTold: hasFailed)
    }

    /// Throws if a program failed. The last one may exit with 1 if its lines said what failed, as `record --fail` does.
    private func check(hasTold: Bool) throws(Failure) {
        for link in links {
            if hasTold, link === links.last, link.child.ending == .exited(ExitStatus.failed.rawValue) { continue }
            if let failure = link.failure { throw failure }
        }
    }

    /// What a program wrote to stderr for people, without its name in front.
    package func notes(of name: String) -> [String] {
        links.filter { $0.name == name }.flatMap { $0.notes() }.map { note in
            note.hasPrefix("\(name): ") ? String(note.dropFirst(name.count + 2)) : note
        }
    }

    private func turn(_ signals: Int32, milliseconds: Int32) {
        var polls = links.flatMap(\.polls) + [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        poll(&polls, nfds_t(polls.count), milliseconds)
        for link in links { link.attend() }
    }
}
