import Glibc

/// How near to this machine an address is.
///
/// A server that is farther away may not lead a request to a nearer one: services there were never meant for others.
enum Reach: Int, Comparable {
    case world, network, link, machine

    static func < (one: Reach, other: Reach) -> Bool { one.rawValue < other.rawValue }

    /// A text that is not an address counts as one of the public internet.
    init(_ address: String) {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, address, &four) == 1 {
            self.init(withUnsafeBytes(of: &four) { Array($0) })
        } else if inet_pton(AF_INET6, String(address.prefix { $0 != "%" }), &six) == 1 {
            self.init(withUnsafeBytes(of: &six) { Array($0) })
        } else {
            self = .world
        }
    }

    /// How near the host of a URL is, as far as its name alone says.
    init(host name: String) {
        // A dot at the end is what a name from the root may have.
        let rooted = name.hasSuffix(".") ? String(name.dropLast()) : name
        let name = rooted.hasPrefix("[") ? String(rooted.dropFirst().prefix { $0 != "]" }) : rooted
        let isLocal = name == "localhost" || name.hasSuffix(".localhost")
        self = isLocal ? .machine : Reach(name)
    }

    private init(_ bytes: [UInt8]) {
        let isFour = bytes.count == 4
        // An IPv4 address may be written as an IPv6 one, and be translated on the way.
        let inner: [[UInt8]] = [
            Array(repeating: 0, count: 10) + [255, 255], [0, 0x64, 0xff, 0x9b] + Array(repeating: 0, count: 8)
        ]
        if !isFour, inner.contains(where: { bytes.starts(with: $0) }) {
            self.init(Array(bytes[12...]))
            return
        }
        self =
            switch (bytes[0], bytes[1]) {
            case (127, _) where isFour, (0, _) where isFour: .machine
            case (169, 254) where isFour: .link
            case (10, _) where isFour, (172, 16...31) where isFour, (192, 168) where isFour,
                (100, 64...127) where isFour:
                .network
            case (0xfe, 0x80...0xbf) where !isFour: .link
            case (0xfc...0xfd, _) where !isFour: .network
            default: !isFour && bytes.dropLast().allSatisfy { $0 == 0 } && bytes[15] < 2 ? .machine : .world
            }
    }
}
