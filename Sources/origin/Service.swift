import FlyingFox
import Foundation
import Wire

/// Routes requests to their answers.
struct Service: HTTPHandler {
    let shelf: Shelf
    let media: MediaServer
    let log: Log
    /// The server's own host and port.
    let address: String

    func handleRequest(_ source: HTTPRequest) async throws -> HTTPResponse {
        let request = HTTPQuery(source, address: address)
        let reply: HTTPReply
        do throws(Failure) {
            reply = try await answer(request)
        } catch {
            log.note(error.message)
            reply = .text(500, "the file cannot be read")
        }
        log.write(request, reply)
        return reply.response(isHead: request.isHead)
    }

    private func answer(_ request: HTTPQuery) async throws(Failure) -> HTTPReply {
        guard ["GET", "HEAD"].contains(request.method) else {
            return .text(405, "only GET and HEAD are known", headers: ["Allow": "GET, HEAD"])
        }
        if request.path.joined(separator: "/") == "search" { return search(request, "track") }
        guard request.path.count >= 2 else { return .unknownAddress }
        let id = Int(request.path[1]) ?? 0
        switch (request.path[0], request.path.dropFirst(2).joined(separator: "/")) {
        case ("track", ""), ("album", ""), ("playlist", ""), ("artist", ""):
            return document(request, id) ?? .document(ErrorDocument.noData.document)
        case ("album", "tracks"), ("playlist", "tracks"): return page(request, id)
        case ("artist", "albums"): return releases(request, id)
        case ("search", "") where Self.kinds.contains(where: { $0 == request.path[1] }):
            return search(request, String(request.path[1]))
        case ("media", ""):
            guard let song = shelf.song(id) else { return .document(ErrorDocument.noData.document) }
            return try await media.manifest(song, request)
        case ("file", ""):
            guard let song = shelf.song(id) else { return .text(404, "there is no such file") }
            return try await media.file(song, request)
        case ("cover", ""): return cover(id)
        default: return .unknownAddress
        }
    }

    private func document(_ request: HTTPQuery, _ id: Int) -> HTTPReply? {
        let catalog = FolderCatalog(shelf: shelf, base: request.base)
        return switch request.path[0] {
        case "track": shelf.song(id).map { .document(catalog.track($0)) }
        case "album": shelf.album(id).map { .document(catalog.album($0)) }
        case "artist": shelf.artists.indices.contains(id - 1) ? .document(catalog.artistAlone(id)) : nil
        default: shelf.playlist(id).map { .document(catalog.playlist($0)) }
        }
    }

    private func page(_ request: HTTPQuery, _ id: Int) -> HTTPReply {
        let catalog = FolderCatalog(shelf: shelf, base: request.base)
        let isAlbum = request.path[0] == "album"
        guard let ids = isAlbum ? shelf.album(id)?.songs : shelf.playlist(id)?.songs else {
            return .document(ErrorDocument.noData.document)
        }
        guard let page = Page(request.parameters) else { return .document(ErrorDocument.parameter.document) }
        let address = "\(request.base)/\(request.path[0])/\(id)/tracks"
        return .document(
            page.document(of: ids, at: address) { id in
                shelf.song(id).map(isAlbum ? catalog.rowInAlbum : catalog.rowInPlaylist)
            })
    }

    private static let kinds = ["track", "album", "artist", "playlist"]

    private func releases(_ request: HTTPQuery, _ id: Int) -> HTTPReply {
        let albums = shelf.albums.filter { $0.artist == id }
        guard !albums.isEmpty else { return .document(ErrorDocument.noData.document) }
        guard let page = Page(request.parameters) else { return .document(ErrorDocument.parameter.document) }
        let catalog = FolderCatalog(shelf: shelf, base: request.base)
        return .document(
            page.document(of: albums.map(\.id), at: "\(request.base)/artist/\(id)/albums") { id in
                shelf.album(id).map(catalog.release)
            })
    }

    private func search(_ request: HTTPQuery, _ kind: String) -> HTTPReply {
        // A form writes a space as a plus.
        let text = request.parameters.last { $0.name == "q" }?.value.replacing("+", with: " ") ?? ""
        guard !text.isEmpty, let page = Page(request.parameters) else {
            return .document(ErrorDocument.parameter.document)
        }
        let catalog = FolderCatalog(shelf: shelf, base: request.base)
        return .document(
            page.document(
                of: shelf.search(text, kind), at: request.base + (kind == "track" ? "/search" : "/search/\(kind)")
            ) { id in
                switch kind {
                case "track": shelf.song(id).map(catalog.rowInPlaylist)
                case "album": shelf.album(id).map { catalog.release($0).with(["artist": catalog.artist($0.artist)]) }
                case "artist": catalog.artist(id)
                default: shelf.playlist(id).map(catalog.playlist)
                }
            })
    }

    private func cover(_ id: Int) -> HTTPReply {
        guard let path = shelf.album(id)?.cover, let bytes = FileManager.default.contents(atPath: path) else {
            return .text(404, "there is no such picture")
        }
        let type = pathExtension(path) == "png" ? "image/png" : "image/jpeg"
        return HTTPReply(headers: ["Content-Type": type], body: .bytes(bytes))
    }
}
