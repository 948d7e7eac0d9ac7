import Files
import Glibc
import Wire

/// The paths that a jailed program may use: its own, those of the system's programs, and what was granted.
struct JailPaths {
    /// Programs and libraries, to read and to run.
    private(set) var run = Self.system
    private(set) var read = Self.settings
    /// Devices without contents.
    let written = ["/dev/null", "/dev/zero", "/dev/full"]
    /// Absolute paths.
    let granted: Needs

    private static let system = [
        "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/opt", "/nix/store", "/gnu/store"
    ]

    /// What programs read to know the machine; nothing secret is in it.
    private static let settings = [
        "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/localtime", "/etc/timezone", "/etc/nsswitch.conf",
        "/etc/passwd",
        "/etc/group", "/etc/alternatives", "/etc/mime.types", "/etc/magic", "/etc/locale.alias", "/etc/os-release",
        "/etc/fonts", "/etc/perl", "/etc/ssl/openssl.cnf", "/dev/random", "/dev/urandom", "/proc/meminfo",
        "/proc/cpuinfo", "/proc/filesystems", "/proc/sys/kernel/random", "/proc/sys/vm", "/sys/devices/system/cpu"
    ]

    /// How names become addresses, and whose certificates are trusted.
    private static let network = [
        "/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/gai.conf", "/etc/services", "/etc/protocols",
        "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/etc/ssl/certs", "/etc/ssl/cert.pem",
        "/etc/pki", "/etc/ca-certificates", "/var/lib/ca-certificates"
    ]

    init(_ jail: Jail, _ executable: Executable, _ environment: [String: String]) {
        func paths(_ texts: [String]) -> [String] { texts.compactMap { Self.path($0, environment) } }
        granted = Needs(reads: paths(jail.needs.reads), writes: paths(jail.needs.writes))
        run += Self.loaded + Self.libraries(environment)
        if !jail.runsOthers {
            run.append(executable.path)
        } else {
            run += Self.program(executable.path) + Self.searched(environment["PATH"] ?? "")
            run += executable.arguments.dropFirst().compactMap(Self.file).flatMap(Self.program)
            if jail.isNative {
                run += granted.reads.flatMap(Self.program) + [Executable.installation].compactMap(\.self)
            } else {
                read += paths(["$SEGUE_SPOOL", "$SEGUE_ARTWORK"])
            }
        }
        if jail.needs.hasNetwork { read += Self.network + paths(["$SSL_CERT_FILE", "$SSL_CERT_DIR"]) }
    }

    /// The absolute path; nil where it begins with a variable that is not set.
    private static func path(_ text: String, _ environment: [String: String]) -> String? {
        guard text.hasPrefix("$") else { return absolute(text) }
        let name = text.dropFirst().prefix { $0 != "/" }
        guard let value = environment[String(name)], !value.isEmpty else { return nil }
        return absolute(value + text.dropFirst(1 + name.count))
    }

    /// The folders of the libraries that this process has loaded: our own stages need some of them.
    private static let loaded: [String] = {
        guard let maps = try? readWhole("/proc/self/maps") else { return [] }
        let files = maps.split(separator: 10).compactMap { line -> String? in
            guard let slash = line.firstIndex(of: UInt8(ascii: "/")) else { return nil }
            let path = String(decoding: line[slash...], as: UTF8.self)
            return path.contains(".so") ? folder(of: path) : nil
        }
        return Set(files).filter { file in !system.contains { file.hasPrefix("\($0)/") } }.sorted()
    }()

    private static func readWhole(_ path: String) throws(Failure) -> [UInt8] {
        let descriptor = try openFile(path)
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        _ = try readAll(descriptor, of: path) { bytes += $0 }
        return bytes
    }

    /// What the loader is told to load.
    private static func libraries(_ environment: [String: String]) -> [String] {
        ["LD_LIBRARY_PATH", "LD_PRELOAD"].flatMap { name in
            (environment[name] ?? "").split { $0 == ":" || $0 == " " }.map { absolute(String($0)) }
        }
    }

    /// A program, what its links lead to, its interpreter, and what is installed with each of them; of any other file
    /// nothing but itself.
    private static func program(_ path: String) -> [String] {
        guard fileSize(path) != nil, access(path, X_OK) == 0 else { return [path] }
        let named = [path] + [interpreter(of: path)].compactMap { $0 }
        let files = named.flatMap { [absolute($0)] + [realPath($0)].compactMap { $0 } }
        return files + files.flatMap { installed(beside: folder(of: $0)) }
    }

    /// The program in the first line of a script.
    private static func interpreter(of path: String) -> String? {
        guard let descriptor = try? openFile(path) else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 2, bytes.starts(with: "#!".utf8) else { return nil }
        let line = bytes[2..<count].prefix { $0 != 10 }.drop { $0 == 32 || $0 == 9 }
        let name = String(decoding: line.prefix { $0 > 32 }, as: UTF8.self)
        // The script is a stranger's: it names a program, or nothing.
        return name.hasPrefix("/") && fileSize(name) != nil && access(name, X_OK) == 0 ? name : nil
    }

    /// The folders of PATH, as the program may start others. Shims are programs that look for others in the folder above.
    private static func searched(_ path: String) -> [String] {
        path.split(separator: ":").filter { $0.hasPrefix("/") }.map { absolute(String($0)) }
            .flatMap { [$0] + installed(beside: $0) + (lastPart(of: $0) == "shims" ? [Files.folder(of: $0)] : []) }
    }

    /// A folder of programs with the libraries beside it, which are there themselves: a link may lead anywhere.
    private static func installed(beside folder: String) -> [String] {
        guard lastPart(of: folder) == "bin", !system.contains(where: { folder.hasPrefix("\($0)/") }),
            let parent = realPath(Files.folder(of: folder))
        else { return [] }
        let found = ["lib", "lib64", "libexec", "pyvenv.cfg"].compactMap { realPath("\(parent)/\($0)") }
        return [folder] + found.filter { $0.hasPrefix("\(parent)/") }
    }

    /// The file that an argument names, also behind a `=`.
    private static func file(_ argument: String) -> String? {
        let parts = [argument] + argument.split(separator: "=", maxSplits: 1).dropFirst().map(String.init)
        return parts.first { fileSize($0) != nil }.map(absolute)
    }
}
