import Wire

/// The base address of a catalog: scheme, host, port, and possibly a path that precedes all others.
struct Address: Equatable {
    /// The host, with its port if one is named.
    let host: String
    private let origin: String
    private let path: String

    /// Nil for anything but an http or https URL with a host and no query.
    init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, ["http:", "https:"].contains(parts[0].lowercased()), parts[1].isEmpty,
            !parts[2].isEmpty,
            !text.contains(where: { "?# @".contains($0) })
        else { return nil }
        host = parts[2].lowercased()
        origin = "\(parts[0].lowercased())//\(parts[2])"
        let rest = parts.count > 3 ? String(parts[3]) : ""
        path = rest.isEmpty ? "" : "/" + (rest.hasSuffix("/") ? String(rest.dropLast()) : rest)
    }

    func appending(_ rest: String) -> String { origin + path + rest }

    /// Whether an address is of a document below this one.
    func owns(_ address: String) -> Bool { address.hasPrefix(appending("/")) }

    /// The address of the same document on this host, whatever host the link names.
    func rebasing(_ link: String) -> String {
        let target: Substring =
            if let scheme = link.range(of: "://") {
                link[scheme.upperBound...].firstIndex(of: "/").map { link[$0...] } ?? "/"
            } else {
                link[...]
            }
        let absolute = target.hasPrefix("/") ? String(target) : "/" + target
        return absolute.hasPrefix(path + "/") ? origin + absolute : origin + path + absolute
    }

    /// An address as it may be shown: without its query, which may hold secrets.
    static func place(_ address: String) -> String { String(address.prefix { $0 != "?" }) }

    /// A text as one segment of a path: all but unreserved characters and colons become `%XX`.
    static func escape(_ text: String) -> String {
        text.utf8.reduce(into: "") { escaped, byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "~"),
                UInt8(ascii: ":"):
                escaped.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: ".") where text != "." && text != "..": escaped += "."
            default: escaped += "%" + hexadecimal([byte]).uppercased()
            }
        }
    }
}
