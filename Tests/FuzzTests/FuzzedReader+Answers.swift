import Limiter
import Wire

@testable import Web
@testable import fetch
@testable import resolve

extension FuzzedReader {
    /// What a catalog, a music server or a source answers.
    func readCatalog(_ bytes: [UInt8]) throws {
        _ = SubsonicError(bytes)?.failure(host: "h")
        guard let json = try? JSON(parsing: bytes, maximumDepth: 64) else { return }
        for object in ([json] + json.listed + (json.object?["data"]?.listed ?? [])).compactMap(\.object) {
            try readSong(object)
            _ = CatalogError(object)?.failure(host: "h", "a track", hasSecret: false)
            if let lyrics = Lyrics(object) { _ = (lyrics.plain, lyrics.synced) }
            if let hello = try? SourceHello(object) { _ = hello.reference(ofPage: "https://h/a/1", name: "c") }
            var album = Album(id: "1", object)
            album.number(object["tracks"]?.listed ?? [])
            if var row = Row(object).map(\.track) {
                album.complete(&row, id: "1")
                var written = Record(kind: "track", id: "c:track:1")
                written.edit("track") { row.write(to: &$0) }
                _ = try Record(line: Array(written.line))
            }
        }
        for wishes in [[], ["flac", "MP3_320"]] {
            guard let media = try? MediaChoice(wishes: wishes).pick(from: json.listed) else { continue }
            var written = Record(kind: "track", id: "c:track:1")
            written.edit("media") { media.write(to: &$0) }
            try promise(try Record(line: Array(written.line)).media?.url == media.url, "media is read again as it was")
        }
    }

    /// A song of a music server: what is known of it goes into a record, and comes out of it as it was.
    private func readSong(_ object: JSONObject) throws {
        guard let server = Self.musicServer, let song = Song(object, on: server) else { return }
        var written = Record(kind: "track", id: "c:track:1")
        let media = try? song.media(on: server)
        written.edit("track") { song.track.write(to: &$0) }
        if let media { written.edit("media") { media.write(to: &$0) } }
        let read = try Record(line: Array(written.line))
        _ = (try read.track, song.id)
        try promise(try read.media?.url == media?.url, "media is read again as it was")
    }

    /// One that is never asked, so that nothing in it changes.
    private nonisolated(unsafe) static let musicServer: SubsonicServer? = Address("http://h/music").map { base in
        let client = Client(hosts: Hosts(folder: nil, defaultRate: nil) { _ in }, userAgent: "fuzz") { false }
        let documents = SharedDocuments(folder: nil, client: client) { _ in }
        return SubsonicServer(name: "c", base: base, client: client, documents: documents)
    }

    /// Fields of an answer, one a line: a name, a colon, a value.
    func readFields(_ bytes: [UInt8]) throws {
        var fields: [String: String] = [:]
        for line in bytes.split(separator: 10) {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1).map {
                String(decoding: $0, as: UTF8.self)
            }
            if parts.count == 2 { fields[parts[0].lowercased()] = parts[1].filter { $0 != "\0" } }
        }
        for status in [200, 206, 401, 429, 503] {
            let head = Head(status: status, host: "h", fields: fields)
            _ = (head.contentLength, head.charset, ContentType.suspicion(head), ContentType.isPage(head))
            let failure = HTTPVerdict.failure(head, isMedia: true, .sent(.bearer(token: "T")), now: 1_700_000_000)
            if let wait = failure?.retryAfter {
                try promise((1...604_800).contains(wait), "a week is the longest pause")
            }
        }
        for value in fields.values {
            if let range = ContentRange(value) {
                try promise(range.start >= 0 && range.start <= range.end, "a range begins before it ends")
                try promise(range.total.map { range.end < $0 } ?? true, "a range lies in its file")
            }
            if let digest = ReprDigest.sha256(value) { try promise(digest.count == 32, "a digest has 32 bytes") }
            _ = try? Target(value)
        }
    }
}
