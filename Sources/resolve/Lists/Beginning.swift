import Files
import Web
import Wire

/// The first bytes behind a link, and what their server calls them.
final class Beginning {
    var mime: String?
    private var bytes: [UInt8] = []

    private static let wanted = 4096

    var isWhole: Bool { bytes.count >= Self.wanted }

    /// What audio it is: by the bytes, or else by what the server says of bytes that are no text; nil for anything else.
    var format: Format? {
        // A film lies in the same containers.
        if mime?.lowercased().hasPrefix("video/") == true { return nil }
        return Magic.format(of: bytes)
            ?? (bytes.isEmpty || Magic.isText(bytes) ? nil : mime.flatMap { Format(mime: $0) })
    }

    func take(_ piece: UnsafeRawBufferPointer) {
        if !isWhole { bytes += piece.prefix(Self.wanted - bytes.count) }
    }

    /// What a link leads to that does not tell by itself, which costs a request for little.
    static func format(of url: String, _ client: Client, _ auth: Auth) throws(Failure) -> Format? {
        let beginning = Beginning()
        var request = Request(url: url)
        request.auth = auth
        request.headers = ["Range: bytes=0-\(wanted - 1)"]
        request.isEnough = { beginning.isWhole }
        try client.transfer(request) { head throws(Failure) in
            beginning.mime = head.fields["content-type"]
        } onBody: { piece throws(Failure) in
            beginning.take(piece)
        }
        return beginning.format
    }
}
