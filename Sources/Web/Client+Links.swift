import Wire

extension Client {
    /// Refuses a link to a host nearer to this machine than whoever named it may lead.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func refuse(_ link: String, from source: LinkSource) throws(Failure) {
        switch source {
        case .server(let address): try refuse(link, nearerThan: address)
        case .program(let bases):
            let target = try Target(link)
            guard Reach(host: target.name) > .world, !Self.isAmong(bases, target.host) else { return }
            throw .permanent(
                "bad_url",
                "the source names \(target.host), which is on this machine or in its network, and not among its bases",
                host: target.host)
        }
    }

    /// Gets a URL, or what a WebDAV server says of it, for a program that works with these base addresses: at most `limit`
    /// bytes, in pieces.
    ///
    /// - Throws: `too_large` (`permanent`), and what ``refuse(_:from:)`` and ``transfer(_:onHead:onBody:)`` throw, and
    ///   `onBody`.
    package func get(
        _ url: String, _ properties: PropertyRequest? = nil, bases: [String], auth: Auth, limit: Int,
        onBody: @escaping (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) -> Head {
        try refuse(url, from: .program(bases: bases))
        let host = try Target(url).host
        var (request, count) = (Request(url: url), 0)
        (request.auth, request.mayGoNear, request.properties) = (auth, Self.isAmong(bases, host), properties)
        return try transfer(request, onHead: { _ throws(Failure) in }) { piece throws(Failure) in
            count += piece.count
            guard count <= limit else {
                throw .permanent("too_large", "\(host) sent more than \(limit) bytes", host: host)
            }
            try onBody(piece)
        }
    }

    /// Whether a link that a source named may lead to the internet alone, whatever its name resolves to.
    ///
    /// - Throws: `bad_url` (`permanent`).
    package func mustStayFar(_ link: String, from source: LinkSource) throws(Failure) -> Bool {
        switch source {
        case .server(let address): reaches[try Target(address).host] == .world
        case .program(let bases): !Self.isAmong(bases, try Target(link).host)
        }
    }

    private static func isAmong(_ bases: [String], _ host: String) -> Bool {
        bases.contains { (try? Target($0))?.host == host }
    }

    /// Only a source that this client has asked is known to be far. A text that is not a URL is left for others to
    /// refuse.
    private func refuse(_ link: String, nearerThan source: String) throws(Failure) {
        guard let told = reaches[try Target(source).host] else { return }
        guard let target = try? Target(link), Reach(host: target.name) > told else { return }
        throw .permanent(
            "bad_url",
            "\(try Target(source).host) names \(target.host), which is nearer to this machine than itself; if that is meant, "
                + "ask for that address yourself", host: target.host)
    }
}
