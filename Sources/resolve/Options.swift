import ArgumentParser
import Files
import Wire

/// `[NAME=]URL`, with `subsonic+` before the URL of a music server of that kind.
struct NamedAddress {
    let name: String
    let address: Address
    let isSubsonic: Bool
    /// Whether the URL holds a password, which others could see there.
    let hasPassword: Bool

    private static let subsonic = "subsonic+"

    /// Throws a message that says what is wrong and how to write it.
    init(_ argument: String) throws(ValidationError) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        let hasName = parts.count == 2 && !parts[0].contains("/")
        let text = hasName ? parts[1] : argument
        isSubsonic = text.hasPrefix(Self.subsonic)
        let link = isSubsonic ? String(text.dropFirst(Self.subsonic.count)) : text
        let url = WebLink.divided(link).plain
        hasPassword = url != link
        guard let address = Address(url) else {
            throw ValidationError(Self.flaw(of: url, behind: String(argument.dropLast(link.count))))
        }
        name = hasName ? parts[0] : Reference.unnamedCatalog
        self.address = address
        try Self.check(name)
    }

    /// Throws a message for a name that references could not have.
    static func check(_ name: String) throws(ValidationError) {
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }) else {
            throw ValidationError("a catalog's name may have neither spaces nor : and only ASCII in it")
        }
        guard Reference.Kind(rawValue: name) == nil else {
            throw ValidationError("a catalog cannot be called \(name): \(name):ID is something of any catalog")
        }
    }

    private static func flaw(of url: String, behind start: String) -> String {
        guard let scheme = url.firstRange(of: "://") else {
            return "the address does not begin with http:// or https://; try \(start)http://\(url)"
        }
        guard ["http", "https"].contains(url[..<scheme.lowerBound].lowercased()) else {
            return "only http:// and https:// lead to a catalog"
        }
        let rest = url[scheme.upperBound...]
        return rest.isEmpty || rest.hasPrefix("/")
            ? "there is no host behind ://" : "an address ends before any ? or #, and has no spaces"
    }
}

/// A comma-separated list of words.
struct WishList: ExpressibleByArgument {
    let wishes: [String]

    init(wishes: [String]) { self.wishes = wishes }

    init?(argument: String) {
        let wishes = argument.split(separator: ",").map { $0.filter { !$0.isWhitespace } }
        guard !wishes.isEmpty, wishes.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.wishes = wishes
    }

    var defaultValueDescription: String { wishes.joined(separator: ",") }
}

/// The source of a catalog's media.
enum MediaMode: String, ExpressibleByArgument, CaseIterable { case manifest, preview }

extension Reference.Kind: ExpressibleByArgument {}

/// `title=Track,artist=Who`.
struct ColumnNames: ExpressibleByArgument {
    let names: [String: String]

    private static let known: Set = [
        "location", "title", "artist", "album", "isrc", "recording", "duration", "milliseconds", "track", "disc",
        "date", "artwork",
        "comment"
    ]

    init(names: [String: String]) { self.names = names }

    init?(argument: String) {
        var names: [String: String] = [:]
        for pair in argument.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, Self.known.contains(parts[0]) else { return nil }
            names[parts[0]] = parts[1]
        }
        guard !names.isEmpty else { return nil }
        self.names = names
    }

    var defaultValueDescription: String { "" }
}
