extension Format {
    /// The format that a file's extension names; `ending` has no dot.
    package init?(ending: some StringProtocol) {
        switch ending.lowercased() {
        case "oga": self = .ogg
        case "m4b", "m4r": self = .m4a
        case "mpga": self = .mp3
        case "wave": self = .wav
        case let name: self.init(rawValue: name)
        }
    }

    /// The format that the extension in a link's path names.
    package init?(link: String) {
        guard let ending = linkEnding(link) else { return nil }
        self.init(ending: ending)
    }

    /// The format that a media type names, with or without parameters.
    package init?(mime: String) {
        let parts = mime.lowercased().filter { !$0.isWhitespace && $0 != "\"" }.split(separator: ";")
        switch parts.first?.trimmingPrefix("audio/").trimmingPrefix("x-") {
        case "mpeg", "mp3", "mpeg3", "mpg", "mpga", "mpeg/audio": self = .mp3
        case "mp4", "m4a", "m4b", "aac", "mp4a-latm": self = .m4a
        case "flac", "application/flac", "application/x-flac": self = .flac
        case "ogg", "vorbis", "oga", "application/ogg", "application/x-ogg":
            self = parts.contains("codecs=opus") ? .opus : .ogg
        case "opus": self = .opus
        case "wav", "wave", "vnd.wave", "pn-wav": self = .wav
        default: return nil
        }
    }
}

/// Whether a link's extension says that it leads to something other than audio: a film, a picture, a document, a list.
package func leadsElsewhere(_ link: String) -> Bool {
    let others: Set = [
        "mp4", "m4v", "mov", "avi", "mkv", "webm", "mpg", "mpeg", "wmv", "flv", "3gp", "ogv", "jpg", "jpeg", "png",
        "gif",
        "webp", "svg", "pdf", "epub", "mobi", "doc", "docx", "odt", "rtf", "txt", "htm", "html", "xml", "rss", "atom",
        "json",
        "srt", "vtt", "zip", "rar", "7z", "gz", "torrent", "m3u", "m3u8", "pls", "xspf", "jspf", "csv", "tsv"
    ]
    return linkEnding(link).map { others.contains($0.lowercased()) } ?? false
}

private func linkEnding(_ link: String) -> Substring? {
    let path = link.prefix { $0 != "?" && $0 != "#" }
    guard let dot = path.lastIndex(of: "."), !path[dot...].contains("/") else { return nil }
    return path[path.index(after: dot)...]
}
