import Files
import Naming
import Wire

@testable import Limiter
@testable import PipelineFiles
@testable import Stripe
@testable import Web

extension FuzzedReader {
    /// A pipeline file: it is sound, or somebody is told what is wrong, and where.
    func readPipeline(_ bytes: [UInt8]) throws {
        let file = PipelineFile(bytes: bytes, name: "fuzz")
        try promise((file.pipeline == nil) == !file.mistakes.isEmpty, "a pipeline is sound, or has mistakes")
    }

    /// A template and what is put into it, with an LF between: names lead nowhere but into the library.
    func readTemplate(_ bytes: [UInt8]) throws {
        let parts = bytes.split(separator: 10, maxSplits: 1).map { String(decoding: $0, as: UTF8.self) }
        guard let first = parts.first, let template = try? Template(first) else { return }
        let text = parts.count > 1 ? parts[1] : ""
        var track = Track()
        (track.title, track.artist, track.album, track.albumArtist) = (text, text, text, text)
        (track.trackNumber, track.discNumber, track.discTotal) = (text.utf8.count, 2, 2)
        (track.genres, track.releaseDate, track.bpm) = ([text], text, Double(text.utf8.count))
        let path = template.path(FieldValues(id: "c:track:\(text)", track: track, format: .flac, quality: text))
        try promise(!path.parts.isEmpty, "a path has a name")
        for part in path.parts {
            let name = FileName.segment(part, extension: "flac", reserving: 20)
            try promise((1...255).contains(name.utf8.count), "a name has 1 to 255 bytes")
            try promise(!name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 32 }, "a name has no slash")
            try promise(!name.hasPrefix(".") && !name.hasPrefix("-"), "a name begins with neither dot nor hyphen")
        }
        _ = (path.album, path.artist, template.depth)
    }

    /// The state and the limits of a host, as any program may write them.
    func readHost(_ bytes: [UInt8]) throws {
        var bucket = TokenBucket(text: bytes)
        _ = TokenBucket.host(in: bytes)
        for (now, rate) in [(1.7e9, 8.0), (0, 0.1), (1.9e9, nil)] {
            let wait = bucket.take(rate: rate, now: now, uptime: .now)
            try promise((0...TokenBucket.longestPause).contains(wait), "nobody waits longer than a week")
        }
        bucket.pause(seconds: 30, now: 1.8e9, uptime: .now)
        try promise(
            TokenBucket(text: bucket.text(host: "h")).pauseLeft(now: 1.8e9, uptime: .now) > 29, "a pause is kept")
    }

    /// A keyring and a file of credentials: what is wrong is told without a word of it.
    func readSecrets(_ bytes: [UInt8]) throws {
        do throws(Failure) { _ = try Keyring(bytes, name: "fuzz")["k"] } catch {
            try promise(error.code == "bad_keyring" && error.message.hasPrefix("line "), "a wrong line has a number")
        }
        guard let target = try? Target("https://example.org/a") else { return }
        if let credentials = try? Credentials(text: bytes) {
            _ = (credentials.has("c"), credentials.secret(forLinksTo: target), credentials.isWithheld(from: target))
            _ = try? credentials.secret(.named("c"), for: target)
        }
    }
}
