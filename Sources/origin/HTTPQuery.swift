import FlyingFox

/// The parts of a request that are used.
struct HTTPQuery: Sendable {
    let path: [Substring]
    /// The beginning of absolute URLs: the host as the client calls it.
    let base: String
    private let source: HTTPRequest

    init(_ source: HTTPRequest, address: String) {
        self.source = source
        path = source.path.split(separator: "/")
        let host = source.headers[.host] ?? ""
        let isPlain =
            !host.isEmpty
            && host.utf8.allSatisfy { byte in
                UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
                    || ".:-[]".utf8.contains(byte)
            }
        base = "http://" + (isPlain ? host : address)
    }

    var method: String { source.method.rawValue }
    var isHead: Bool { source.method == .HEAD }
    var target: String { source.target.rawValue }
    var client: ClientSocket { ClientSocket(source.remoteAddress) }
    var parameters: [(name: String, value: String)] { source.query.map { ($0.name, $0.value) } }

    func header(_ name: String) -> String? { source.headers[HTTPHeader(name)] }
    func query(_ name: String) -> String? { source.query.last { $0.name == name }?.value }
}
