/// How a host, with or without a port, is named in the shared folder.
enum HostName {
    /// The host's letters, digits, `.` and `-`, with `_` for any other byte; cut where it is too long.
    static func fileName(_ host: String) -> String {
        let safe = host.lowercased().utf8.prefix(200).map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            case UInt8(ascii: "."), UInt8(ascii: "-"): byte
            default: UInt8(ascii: "_")
            }
        }
        return String(decoding: safe, as: UTF8.self)
    }

    /// The host without its port; colons of an address in brackets do not begin one.
    static func withoutPort(_ host: String) -> String {
        guard let colon = host.utf8.lastIndex(of: UInt8(ascii: ":")) else { return host }
        return host.utf8[colon...].contains(UInt8(ascii: "]")) ? host : String(host[..<colon])
    }
}
