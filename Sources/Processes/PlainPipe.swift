import Files
import Glibc
import Wire

/// Programs in a pipe, one process each, with us at both ends.
package final class PlainPipe {
    private let links: [PipedProcess]
    private var lines = LineReader()

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

    deinit { for link in links { link.child.send(SIGKILL) } }

    /// Passes the records to the first program, and each line of the last one to `each`.
    ///
    /// Returns false if a signal asked to stop: then the first program gets no more to do, and the others finish what
    /// it gave them. A second signal ends them all.
    ///
    /// - Throws: `stage_ended` if a program failed.
    package func run(_ records: [Record], _ signals: Signals, each: (LineReader.Line) -> Void) throws(Failure) -> Bool {
        for record in records { links[0].give(record) }
        links[0].takesMore = false
        var (isStopping, hasFailed) = (false, false)
        while links.contains(where: { !$0.hasEnded }) {
            turn(signals.descriptor)
            if signals.drain().contains(where: Signals.asksForTheEnd) {
                if isStopping { return false }
                isStopping = true
                links[0].isLeft = true
                links[0].child.send(SIGTERM)
            }
            for (link, next) in zip(links, links.dropFirst()) { link.pass(to: next) }
            links[links.count - 1].read(&lines) { line in
                if case .text(let text) = line, (try? Record(line: text))?.kind == "error" { hasFailed = true }
                each(line)
            }
            try check(hasTold: hasFailed)
        }
        return !isStopping
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

    private func turn(_ signals: Int32) {
        var polls = links.flatMap(\.polls) + [pollfd(fd: signals, events: Int16(POLLIN), revents: 0)]
        poll(&polls, nfds_t(polls.count), 1000)
        for link in links { link.attend() }
    }
}
