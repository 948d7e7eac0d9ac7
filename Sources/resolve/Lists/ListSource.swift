import Files
import Lists
import Web
import Wire

/// Playlist files and feeds: each entry is a link to audio, or something that a catalog knows.
struct ListSource {
    let client: Client
    /// Names of a CSV file's columns by what they hold.
    let columns: [String: String]
    let choice: EpisodeChoice
    /// Which formats are taken.
    let formats: MediaChoice

    /// Hands over the entries in their order, with the links in them made whole, and tells what list it was.
    ///
    /// Of a list that breaks off the entries before that are handed over; those of a feed only then, since what they are known
    /// by depends on all of them. `list` is the list's own id, `file` tells which file is meant by a link in a list of this
    /// machine, and `remark` gets what was read otherwise than it is written, for people.
    func expand(
        _ document: consuming ListDocument, of list: String, file: (_ link: String, _ list: String) -> String,
        _ each: (ListEntry) throws(Failure) -> Void, remark: (String) -> Void
    ) throws(Failure) -> CollectionSummary {
        let (location, format) = (document.location, try Self.format(of: document))
        var reader = ListReader(format, columns: columns, charset: document.charset)
        var selection = EpisodeSelection(choice: choice)
        var (isEnd, episodes) = (false, [ListEntry]())
        repeat {
            let bytes = try document.read()
            isEnd = bytes.isEmpty
            let entries = isEnd ? reader.finish() : reader.read(bytes)
            if format == .rss {
                episodes += entries
                continue
            }
            for entry in entries { try each(described(entry, reader.header, format, location, file)) }
        } while !isEnd && reader.failure == nil && episodes.count <= Self.mostEpisodes
        let isTooLong = episodes.count > Self.mostEpisodes
        if isTooLong { episodes.removeLast(episodes.count - Self.mostEpisodes) }
        var known = KnownEpisodes(of: list, guid: reader.header.guid)
        for entry in known.take(episodes.map { described($0, reader.header, format, location, file) }) {
            if let entry = selection.take(entry) { try each(entry) }
        }
        for entry in selection.rest() { try each(entry) }
        for text in reader.remarks + known.remarks + selection.remarks { remark(text) }
        if let failure = reader.failure { throw failure }
        if isTooLong {
            throw .permanent("too_large", "a feed of more than \(Self.mostEpisodes) episodes: the rest was not read")
        }
        let name = lastPart(of: String(pathAlone(location)))
        return CollectionSummary(
            type: "playlist",
            title: reader.header.title ?? String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)),
            creator: reader.header.creator, artworkURL: reader.header.artworkURL.map { cover($0, location) })
    }

    /// Of a feed, all of which is held in memory at once, that are read.
    private static let mostEpisodes = 50_000

    /// Throws `unknown_list` for what no list looks like, and `bad_list` for bytes that are no text under a list's name.
    private static func format(of document: borrowing ListDocument) throws(Failure) -> ListFormat {
        let bytes = document.head()
        let head = TextDecoder.text(bytes, charset: document.charset)
        guard let format = ListFormat(name: document.location, head: head) else {
            throw .permanent(
                "unknown_list",
                "\(document.name) is neither audio nor a list that is known: M3U, PLS, XSPF, CSV, RSS, Atom")
        }
        guard format.isIn(head) || TextDecoder.isText(head) else {
            let kind = Magic.format(of: bytes).map { "begins as \($0.rawValue) does" } ?? "is no text"
            throw .permanent("bad_list", "\(document.name) is called a list, and is none: it \(kind)")
        }
        return format
    }

    /// With what the list says of all of its entries, and with links as they are meant.
    private func described(
        _ entry: ListEntry, _ header: ListHeader, _ format: ListFormat, _ location: String,
        _ file: (_ link: String, _ list: String) -> String
    ) -> ListEntry {
        var entry = entry
        let isNamed = ![.rss, .xspf].contains(format)
        entry.location = entry.location.map { link in
            if Reference(entry: link) != nil { return link }
            guard WebLink.isOne(location) else { return file(link, location) }
            return joined(isNamed ? Lists.link(toFile: link) : link, to: location)
        }
        entry.artworkURL = (entry.artworkURL ?? (format == .rss ? header.artworkURL : nil)).map { cover($0, location) }
        entry = chosen(entry, location)
        guard format == .rss else { return entry }
        entry.album = header.title
        entry.artist = entry.artist ?? header.creator ?? header.title
        return entry
    }

    private func cover(_ link: String, _ location: String) -> String { WebLink.url(joined(link, to: location)) }
}

extension ListSource {
    /// What a link leads to, as it is told, or else as its first bytes or their server tell; throws `no_format` where that
    /// is no audio that is known, or not wished for.
    func media(of url: String, told: Media?, auth: Auth) throws(Failure) -> Media {
        if let told { return try formats.pick([told]) }
        guard !leadsElsewhere(url), let format = try Beginning.format(of: url, client, auth) else {
            throw .permanent(
                "no_format",
                "nothing says which format \(WebLink.shown(url)) is, nor do its first bytes: known are \(Format.list)")
        }
        return try formats.pick([Media(url: WebLink.url(url), format: format)])
    }

    /// With that link, of several to the same, that leads to what is wished for.
    private func chosen(_ entry: ListEntry, _ location: String) -> ListEntry {
        let others = entry.others.map { link in
            var other = entry
            (other.location, other.mime, other.bytes) = (joined(link.location, to: location), link.mime, nil)
            return other
        }
        let all = [entry] + others
        let best = others.isEmpty ? nil : try? formats.pick(all.compactMap(\.media))
        return all.first { best != nil && $0.media?.url == best?.url } ?? entry
    }
}

extension ListEntry {
    /// What it tells of the recording.
    var track: Track {
        var track = Track()
        (track.title, track.artist, track.album) = (title, artist, album)
        track.artists = artist.map { [$0] } ?? []
        (track.trackNumber, track.discNumber, track.duration) = (trackNumber, discNumber, duration)
        (track.releaseDate, track.comment, track.isrc, track.artworkURL) = (releaseDate, comment, isrc, artworkURL)
        return track
    }

    /// Where its bytes are; its length is not taken, since feeds are often wrong about it.
    var media: Media? {
        guard let location, WebLink.isOne(location) else { return nil }
        let told = mime.flatMap { Format(mime: $0) }
        // Opus lies in Ogg, and its files often end so.
        let format = format ?? (told == .opus ? told : Format(link: location) ?? told)
        return format.map { Media(url: WebLink.url(location), format: $0) }
    }
}
