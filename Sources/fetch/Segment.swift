import Web
import Wire

/// The work of one connection of several that fetch a file together: one part of it after the other.
struct Segment: Sendable {
    let media: Media
    let auth: Auth?
    let limits: TransferLimits
    /// How many connections there are.
    let companions: Int
    /// What each answer must be a part of.
    let etag: String
    let total: Int

    /// Fetches parts until none is left, or one fails; that one is left to the other connections.
    func run(with client: Client, into ahead: ReadAhead) {
        while let part = ahead.claim() {
            do throws(Failure) {
                try fetch(part, client, ahead)
            } catch {
                return ahead.lose(part, error)
            }
        }
    }

    private func fetch(_ part: Range<Int>, _ client: Client, _ ahead: ReadAhead) throws(Failure) {
        var request = Request(media, auth, limits)
        request.companions = companions
        request.headers = ["Range: bytes=\(part.lowerBound)-\(part.upperBound - 1)", "If-Range: \(etag)"]
        var (count, host) = (0, "")
        try client.transfer(request) { head throws(Failure) in
            host = head.host
            guard fits(head, part) else { throw wrongRange(host) }
        } onBody: { piece throws(Failure) in
            guard ahead.put(piece, of: part) else { throw ahead.isOver ? .stopped : wrongRange(host) }
            count += piece.count
        }
        guard count == part.count else {
            throw .transient("cut", "\(host) sent \(count) bytes of \(part.count)", host: host)
        }
    }

    private func fits(_ head: Head, _ part: Range<Int>) -> Bool {
        let range = ContentRange(head.fields["content-range"] ?? "")
        return head.status == 206 && range?.start == part.lowerBound && range?.end == part.upperBound - 1
            && range?.total == total && head.fields["etag"] ?? etag == etag
    }

    private func wrongRange(_ host: String) -> Failure {
        .transient("wrong_range", "\(host) answers with another range than requested", host: host)
    }
}
