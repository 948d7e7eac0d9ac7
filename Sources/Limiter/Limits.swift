import Files
import Glibc
import Wire

/// The limits that a driver set for hosts: one file in the shared folder, which every process looks at before each
/// request.
struct Limits {
    private let hosts: JSONObject
    /// The file's; nil where there is none.
    let version: FileVersion?

    static func path(in folder: String) -> String { "\(folder)/limits" }

    /// Reads the limits that are set now; there are none where nothing was set.
    init(in folder: String) throws(Failure) {
        let path = Self.path(in: folder)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 || errno != ENOENT else {
            (hosts, version) = (JSONObject(), nil)
            return
        }
        guard descriptor >= 0 else { throw .hostFile("open", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .hostFile("read", path) }
        let text = try Self.read(descriptor, path, bytes: Int(status.st_size))
        guard let object = (try? JSON(parsing: text))?.object else {
            throw .config("bad_limits", "\(path) is not a JSON object of hosts and their limits")
        }
        (hosts, version) = (object, FileVersion(status))
    }

    var all: [HostLimit] { hosts.names.map { HostLimit(host: $0, hosts[$0]?.object) } }

    /// A host's own limit, else that of its name without the port, else that of every host.
    func limit(of host: String) -> HostLimit {
        let host = host.lowercased()
        let star = host == HostLimit.together ? nil : hosts["*"]
        let entry = hosts[host] ?? hosts[HostName.withoutPort(host)] ?? star
        return HostLimit(host: host, entry?.object)
    }

    /// Replaces all limits that were set before, atomically: a reader gets the old ones or the new ones. After a power cut the next
    /// driver writes them anew.
    static func write(_ limits: [HostLimit], in folder: String) throws(Failure) {
        var hosts = JSONObject()
        for limit in limits {
            var entry = JSONObject()
            limit.write(into: &entry)
            hosts[limit.host.lowercased()] = entry.value
        }
        let (path, text) = (path(in: folder), Array(hosts.value.text) + [10])
        // Even a full disk has room for what is there already.
        if contents(of: path, atMost: text.count) == text { return }
        try makeFolderOfPassingThings(folder)
        let file = try PartialFile(at: path + ".part", keeping: false)
        do throws(Failure) {
            try file.write(text)
            try file.giveName(path)
        } catch {
            file.discard()
            throw error
        }
    }

    private static func read(_ descriptor: Int32, _ path: String, bytes count: Int) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw .hostFile("read", path) }
        return Array(bytes[..<count])
    }
}
