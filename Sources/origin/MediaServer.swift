import Files
import Foundation
import Glibc
import RawStructuredFieldValues
import Wire

/// The manifests and the bytes of tracks, with injected faults.
struct MediaServer: Sendable {
    let wrapping: Wrapping?
    let digests: Digests
    let faults: Faults
    /// How many seconds a URL in a manifest is valid; nil for no limit.
    let lifetime: Int?

    /// The manifest of a track: its one file, if its format is among the requested ones or none is requested.
    func manifest(_ song: FolderTrack, _ request: HTTPQuery) async throws(Failure) -> HTTPReply {
        if !request.isHead, let fault = await faults.next(for: song.id, at: .media) {
            return HTTPReply.document(ErrorDocument.quota.document).because(of: fault)
        }
        let wishes = (request.query("formats") ?? "").split(separator: ",").map { $0.lowercased() }
        guard wishes.isEmpty || wishes.contains(song.quality) || wishes.contains(song.format.rawValue) else {
            return .document(.object(["data": .array([])]))
        }
        let pair = try await digests.pair(for: song)
        let end = lifetime.map { Int(time(nil)) + $0 }
        var media = Media(
            url: request.base + "/file/\(song.id)" + (end.map { "?expires=\($0)" } ?? ""), format: song.format)
        (media.quality, media.bytes) = (song.quality, pair.bytes)
        (media.sha256, media.clearSHA256) = (hexadecimal(pair.served), hexadecimal(pair.clear))
        media.expiresAt = end.map { formatted($0, "%Y-%m-%dT%H:%M:%SZ") }
        media.cipher = try wrapping?.cipher(for: song).cipher
        var offer = JSONObject()
        media.write(to: &offer)
        return .document(.object(["data": .array([offer.value])]))
    }

    /// The bytes of a track, or the requested part of them.
    func file(_ song: FolderTrack, _ request: HTTPQuery) async throws(Failure) -> HTTPReply {
        if isExpired(request) { return .text(403, "this address has expired") }
        let pair = try await digests.pair(for: song)
        var range = self.range(request, pair)
        let fault = request.isHead ? nil : await faults.next(for: song.id, at: range == nil ? .file : .fileInPart)
        if let fault, let refusal = refusal(fault) { return refusal.because(of: fault) }
        if fault?.kind == .ignoreRange { range = nil }
        var reply = HTTPReply(headers: headers(song, pair, request), fault: fault?.kind)
        var part = 0..<pair.bytes
        switch range {
        case nil: break
        case .unsatisfiable:
            return .text(416, "there are \(pair.bytes) bytes", headers: ["Content-Range": "bytes */\(pair.bytes)"])
        case .part(let asked):
            part = asked
            reply.status = 206
            reply.headers["Content-Range"] = "bytes \(part.lowerBound)-\(part.upperBound - 1)/\(pair.bytes)"
        }
        reply.body = .file(
            FileBody(song: song, wrapping: wrapping, range: part, flaw: fault.flatMap(flaw), client: request.client))
        return reply
    }

    /// The requested part; nil for the whole file, also where If-Range means other bytes.
    private func range(_ request: HTTPQuery, _ pair: Digests.Pair) -> ByteRange? {
        guard request.header("If-Range") ?? pair.tag == pair.tag else { return nil }
        return ByteRange(request.header("Range"), of: pair.bytes)
    }

    private func isExpired(_ request: HTTPQuery) -> Bool {
        guard lifetime != nil else { return false }
        return (request.query("expires").flatMap { Int($0) } ?? 0) <= Int(time(nil))
    }

    private func headers(_ song: FolderTrack, _ pair: Digests.Pair, _ request: HTTPQuery) -> [String: String] {
        var headers = ["Content-Type": song.format.mediaType, "ETag": pair.tag, "Accept-Ranges": "bytes"]
        if wantsDigest(request.header("Want-Repr-Digest")) {
            headers["Repr-Digest"] = "sha-256=:\(Data(pair.served).base64EncodedString()):"
        }
        return headers
    }

    /// Whether the preferences name SHA-256 with a weight other than 0.
    private func wantsDigest(_ header: String?) -> Bool {
        var parser = StructuredFieldValueParser(Array((header ?? "").utf8))
        guard let wishes = try? parser.parseDictionaryFieldValue(), case .item(let wish) = wishes["sha-256"] else {
            return false
        }
        if case .integer(let weight) = wish.rfc9651BareItem { return weight > 0 }
        return false
    }

    /// The answer for a fault that sends nothing of the file.
    private func refusal(_ fault: Fault) -> HTTPReply? {
        let wait = fault.retryAfter.map { ["Retry-After": "\($0)"] } ?? [:]
        return switch fault.kind {
        case .throttle: .text(429, "too many requests", headers: wait.isEmpty ? ["Retry-After": "1"] : wait)
        case .unavailable: .text(503, "not now", headers: wait)
        case .error: .text(500, "something went wrong")
        case .expired: .text(403, "this address has expired")
        case .gone: .text(404, "there is no such file")
        case .page: .text(200, "<!DOCTYPE html><html><body>Please sign in</body></html>", type: "text/html")
        case .truncate, .reset, .stall, .wrongByte, .ignoreRange, .quota: nil
        }
    }

    private func flaw(_ fault: Fault) -> FileBody.Flaw? {
        switch fault.kind {
        case .truncate: .truncate
        case .reset: .reset
        case .stall: .stall
        case .wrongByte: .wrongByte
        default: nil
        }
    }
}

extension Format {
    var mediaType: String {
        switch self {
        case .flac: "audio/flac"
        case .mp3: "audio/mpeg"
        case .ogg, .opus: "audio/ogg"
        case .m4a: "audio/mp4"
        case .wav: "audio/wav"
        }
    }
}
