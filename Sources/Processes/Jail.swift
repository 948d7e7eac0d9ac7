import CPosix
import Files
import Glibc
import Wire

/// What a program that is started is held to: it may do what it needs, and the kernel refuses all else.
///
/// Where the kernel has no Landlock, files and signals are not held; calls, limits and the environment are everywhere.
package struct Jail: Equatable, Sendable {
    package var needs: Needs
    /// Whether the program is one of our own stages, which needs no interpreter.
    let isNative: Bool
    /// Whether folders are made that one of our own stages would make: nobody can be granted what is not there.
    private var makesFolders = true

    /// A stage of the user's may read the spool, run what the system has, and read the files that its command names.
    package init(_ needs: Needs, isNative: Bool) { (self.needs, self.isNative) = (needs, isNative) }

    /// The same for a program that is only asked something: no folder is made for it.
    package var touchingNothing: Jail {
        var jail = self
        jail.makesFolders = false
        return jail
    }

    /// The version of the kernel's Landlock; 0 for none that can be used.
    package static var version: Int { Int(posix_landlock_version()) }
    /// From this version on signals and abstract sockets are held too, and with that all that is promised.
    package static let wholeVersion = 6

    static let mostBytes = 4_000_000_000
    /// How many processes it may add to those that there are on the machine.
    static let mostProcesses = 1024

    /// Runs the body with the jail in the kernel's terms, for a program with that environment.
    ///
    /// - Throws: `no_file` (`config`) where a path that is granted is not there, and `no_jail` (`config`).
    func with<Result>(
        _ executable: Executable, _ environment: [String: String], _ body: (UnsafePointer<posix_jail>) -> Result
    ) throws(Failure) -> Result {
        let rules = Self.version > 0 ? posix_jail_make(powers) : -1
        defer { if rules >= 0 { close(rules) } }
        if rules >= 0 { try allow(JailPaths(self, executable, environment), rules) }
        var jail = posix_jail(rules: rules, powers: powers, most_bytes: 0, most_processes: 0)
        if !isNative {
            (jail.most_bytes, jail.most_processes) = (Self.mostBytes, posix_process_limit(Self.mostProcesses))
        }
        return body(&jail)
    }

    /// Becomes a program that is held to the jail, with the terminal of this process, its standard descriptors, the one for
    /// events, and those that the program's arguments name.
    ///
    /// - Throws: what ``with(_:_:_:)`` throws, and `no_program` (`config`) where the program does not start.
    package func run(_ executable: Executable, environment: [String: String]) throws(Failure) -> Never {
        let events = environment["SEGUE_EVENTS_FD"].flatMap(Int32.init) ?? -1
        let code = try with(executable, environment) { terms in
            withCommand(executable, reduced(environment)) { arguments, variables in
                posix_run_jailed(executable.path, arguments, variables, events, terms)
            }
        }
        if code < 0 { throw Self.failure(executable, -code) }
        throw .config("no_program", "cannot run \(executable.path): \(String(cString: strerror(code)))")
    }

    /// The failure where a program cannot be held, as where another filter forbids that; `code` is as `errno` has it.
    static func failure(_ executable: Executable, _ code: Int32) -> Failure {
        .config(
            "no_jail",
            "cannot confine \(executable.path): \(String(cString: strerror(code))); --jail off runs stages as they are")
    }

    /// Whether programs that are not ours run in it.
    var runsOthers: Bool { !isNative || needs.startsPrograms }

    private var powers: UInt32 {
        var powers: UInt32 = 0
        if needs.hasNetwork { powers |= UInt32(POSIX_MAY_CONNECT) }
        if runsOthers { powers |= UInt32(POSIX_MAY_START) }
        // What a stage of ours starts is ended with its group.
        if isNative, needs.startsPrograms { powers |= UInt32(POSIX_MAY_REGROUP) }
        if !needs.writes.isEmpty { powers |= UInt32(POSIX_MAY_OWN) }
        return powers
    }

    private func allow(_ paths: JailPaths, _ rules: Int32) throws(Failure) {
        for (use, usual) in [(POSIX_RUN, paths.run), (POSIX_READ, paths.read), (POSIX_WRITE, paths.written)] {
            for path in usual { posix_jail_allow(rules, path, Int32(use)) }
        }
        let reading = runsOthers ? POSIX_RUN : POSIX_READ
        for (use, granted) in [(reading, paths.granted.reads), (POSIX_WRITE, paths.granted.writes)] {
            for path in granted {
                if isNative, makesFolders, use == POSIX_WRITE { Self.make(path) }
                // What one of our own stages does not find, it reports itself.
                guard posix_jail_allow(rules, path, Int32(use)) == 0 || isNative else {
                    throw .config(
                        "no_file", "it needs \(path), which cannot be granted: \(String(cString: strerror(errno)))")
                }
            }
        }
    }

    /// Makes a folder that one of our own stages would make; one with a hidden name is part of the folder that it is in.
    private static func make(_ path: String) {
        guard access(path, F_OK) != 0 else { return }
        if lastPart(of: path).hasPrefix(".") { mkdir(path, 0o755) } else { try? makeFolder(path) }
    }

    /// The values of the variables that the program gets, by name, of those that a stage would get without a jail.
    package func reduced(_ environment: [String: String]) -> [String: String] {
        environment.filter { name, _ in
            Self.variables.contains(name) || Self.families.contains(where: name.hasPrefix)
                || needs.variables.contains(name)
                || needs.hasNetwork && (name.lowercased().hasSuffix("_proxy") || name.hasPrefix("SSL_CERT_"))
                || isNative && Self.nativeVariables.contains(where: name.hasPrefix)
        }
    }

    private static let variables: Set = [
        "PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONUNBUFFERED"
    ]
    private static let families = ["LC_", "LD_", "SEGUE_"]
    private static let nativeVariables = ["XDG_STATE_HOME", "SWIFT_", "MALLOC_", "ASAN_", "TSAN_", "UBSAN_", "LLVM_"]
}
