import Files
import Web
import Wire

/// The first bytes of what a link leads to, and their type according to the server.
final class Beginning {
    var mime: String?
    private var bytes: [UInt8] = []

    private static let wanted = 4096

    var isWhole: Bool { bytes.count >= Self.wanted }

    /// The audio format, by the bytes, or else by the server's type if they are not text; nil for anything else.
    var format: Format? {
        // Films use the same containers.
        if mime?.lowercased().hasPrefix("video/") == true { return nil }
        return Magic.format(of: bytes)
            ?? (bytes.isEmpty || Magic.isText(bytes) ? nil : mime.flatMap { Format(mime: $0) })
    }

    func take(_ piece: UnsafeRawBufferPointer) {
        if !isWhole { bytes += piece.prefix(Self.wanted - bytes.count) }
    }

    /// Finds out what a link leads to, with a request for its first bytes.
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
