import CCurl
import Glibc
import Wire

/// The proxies that the environment names. libcurl chooses and uses them; this only tells connections to them from others.
struct Proxies {
    private let ports: Set<Int>

    /// Those of libcurl's variables; `value` gives the value of a variable.
    init(_ value: (String) -> String?) {
        let names = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
        ports = Set(names.compactMap(value).filter { !$0.isEmpty }.compactMap(Self.port))
    }

    static let ofEnvironment = Proxies { name in getenv(name).map { String(cString: $0) } }

    var areNone: Bool { ports.isEmpty }

    /// How near to this machine the server of a request is, as far as a connection to this address and port tells.
    ///
    /// Behind a proxy only the host's name says it. Where a server and a proxy have one port it is unknown whose the
    /// connection is: then `known`, which others may not be nearer than, is the farther of both answers, and `worst`, which may
    /// not be too near, is the nearer one.
    func reach(of target: Target, at address: String, port: Int) -> (known: Reach, worst: Reach) {
        let (direct, named) = (Reach(address), Reach(host: target.name))
        guard ports.contains(port) else { return (direct, direct) }
        return port == target.port ? (min(direct, named), max(direct, named)) : (named, named)
    }

    /// A proxy's port; libcurl takes 1080 where none is given.
    private static func port(_ proxy: String) -> Int? {
        let parts = needed(curl_url())
        defer { curl_url_cleanup(parts) }
        let flags = UInt32(CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME)
        guard Target.succeeds(curl_url_set(parts, CURLUPART_URL, proxy, flags)) else { return nil }
        return Target.part(parts, CURLUPART_PORT).map { Int($0) } ?? (proxy.hasPrefix("https:") ? 443 : 1080)
    }
}
