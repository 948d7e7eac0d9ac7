import Wire

/// A link that a user asks for, of which only its text is known.
package enum WebLink {
    /// The first part of the ids of links to audio, and of links that may lead to many tracks.
    package static let (audio, list) = ("url", "file")

    package static func isOne(_ text: String) -> Bool { scheme(of: text) != nil }

    /// `http://` or `https://`, however it is written; nil for any other beginning.
    static func scheme(of text: String) -> String? {
        ["http://", "https://"].first { scheme in
            scheme.utf8.elementsEqual(text.utf8.prefix(scheme.utf8.count)) { $0 == (65...90 ~= $1 ? $1 + 32 : $1) }
        }
    }

    /// The id of the track, or of the list, that it leads to.
    package static func id(_ url: String) -> String {
        Format(link: url) == nil ? "\(list):playlist:\(SHA256.of(url).prefix(32))" : trackID(url)
    }

    /// The id of the audio that it leads to.
    package static func trackID(_ url: String) -> String { "\(audio):track:\(SHA256.of(url).prefix(32))" }

    /// The link as a URL, made as browsers do from what people write: spaces, quotation marks and everything outside
    /// ASCII as `%XX`, backslashes in the path as slashes. Control characters stay, and are refused when it is
    /// requested.
    package static func url(_ link: String) -> String {
        if link.utf8.allSatisfy({ 0x21...0x7E ~= $0 && !"\"<>\\`{}".utf8.contains($0) }) { return link }
        let start = link.firstRange(of: "://")?.upperBound ?? link.startIndex
        let rest = link[start...].firstIndex { "/\\?#".contains($0) } ?? link.endIndex
        var (url, isPath) = (Array(link[..<rest].utf8), true)
        for byte in link[rest...].utf8 {
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { isPath = false }
            switch byte {
            case UInt8(ascii: "\\") where isPath: url.append(UInt8(ascii: "/"))
            case UInt8(ascii: "`") where isPath, UInt8(ascii: "{") where isPath, UInt8(ascii: "}") where isPath,
                UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), 0x80...:
                url += "%\(hexadecimal([byte]).uppercased())".utf8
            default: url.append(byte)
            }
        }
        return String(decoding: url, as: UTF8.self)
    }
}
