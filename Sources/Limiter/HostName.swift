/// How a host, perhaps with its port, is called in the shared folder.
enum HostName {
    /// Letters, digits, `.` and `-`, and `_` for each byte of the rest; of what is too long the beginning.
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

    /// The colons of an address in brackets are no port's.
    static func withoutPort(_ host: String) -> String {
        guard let colon = host.utf8.lastIndex(of: UInt8(ascii: ":")) else { return host }
        return host.utf8[colon...].contains(UInt8(ascii: "]")) ? host : String(host[..<colon])
    }
}
