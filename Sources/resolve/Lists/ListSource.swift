import Files
import Lists
import Web
import Wire

/// Playlist files and feeds, whose entries are links to audio or describe tracks that a catalog has.
struct ListSource {
    let client: Client
    /// Names of a CSV file's columns, keyed by what they hold.
    let columns: [String: String]
    var choice: EpisodeChoice
    /// Selects the formats that are taken.
    let formats: MediaChoice

    /// Passes on the entries in order, with absolute links, and returns what the list says about itself, and whether all of its
    /// pages were read.
    ///
    /// If the list breaks off, the entries before that are passed on. Those of a feed, of all its pages, are passed on only at
    /// the end, since their ids depend on all of them. `request` is the list's own, `file` finds the file that a link in a local list means,
    /// and `remark` gets a note on each thing that was corrected while reading.
    func expand(
        _ document: consuming ListDocument, of request: Record, file: (_ link: String, _ list: String) -> String,
        _ each: (ListEntry) throws(Failure) -> Void, remark: (String) -> Void
    ) throws(Failure) -> (summary: CollectionSummary, isWhole: Bool) {
        let (location, format) = (document.location, try Self.format(of: document))
        var reader = ListReader(format, columns: columns, charset: document.charset)
        var selection = EpisodeSelection(choice: choice)
        var (isEnd, isWhole, episodes) = (false, true, [ListEntry]())
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
        episodes = episodes.map { described($0, reader.header, format, location, file) }
        if format == .rss, reader.failure == nil, !isTooLong {
            isWhole = try readPages(after: reader.header, at: location, of: request, &episodes, remark: remark)
        }
        var known = KnownEpisodes(of: request.id, guid: reader.header.guid)
        for entry in known.take(episodes) {
            if let entry = selection.take(entry) { try each(entry) }
        }
        for entry in selection.rest() { try each(entry) }
        for text in reader.remarks + known.remarks + selection.remarks { remark(text) }
        if let failure = reader.failure { throw failure }
        if isTooLong {
            throw .permanent("too_large", "a feed of more than \(Self.mostEpisodes) episodes: the rest was not read")
        }
        let name = lastPart(of: String(pathAlone(location)))
        let summary = CollectionSummary(
            type: "playlist",
            title: reader.header.title ?? String(name.prefix(upTo: name.lastIndex(of: ".") ?? name.endIndex)),
            creator: reader.header.creator, artworkURL: reader.header.artworkURL.map { cover($0, location) })
        return (summary, isWhole)
    }

    /// Adds the episodes of the further pages of a feed, while more are wanted; false if it has more that cannot be read.
    ///
    /// A page that is refused for good ends it: what was there before it had pages still is.
    private func readPages(
        after first: ListHeader, at location: String, of request: Record, _ episodes: inout [ListEntry],
        remark: (String) -> Void
    ) throws(Failure) -> Bool {
        var (next, base, seen) = (first.next, location, Set([location]))
        while let link = next, episodes.count < min(choice.last ?? .max, Self.mostEpisodes) {
            let address = WebLink.url(joined(link, to: base))
            guard WebLink.isOne(address), seen.insert(address).inserted else { return true }
            guard seen.count <= Self.mostPages else {
                remark("it has more than \(Self.mostPages) pages: the rest was not read")
                return false
            }
            do throws(Failure) {
                try client.refuse(address, from: .server(location))
                let page = try ListDocument(url: address, client, auth: .link(request))
                (next, base) = (try readPage(page, of: first, &episodes), address)
            } catch let error where error.class == .permanent {
                remark("its next page cannot be read: \(error.message)")
                return false
            }
        }
        guard episodes.count > Self.mostEpisodes else { return true }
        episodes.removeLast(episodes.count - Self.mostEpisodes)
        remark("it has more than \(Self.mostEpisodes) episodes: the rest was not read")
        return false
    }

    /// Adds the episodes of one page, and returns the link to the next one.
    private func readPage(
        _ document: consuming ListDocument, of first: ListHeader, _ episodes: inout [ListEntry]
    ) throws(Failure) -> String? {
        let location = document.location
        guard document.audio == nil, try Self.format(of: document) == .rss else {
            throw .permanent("bad_list", "\(document.name) is no feed")
        }
        var reader = ListReader(.rss, charset: document.charset)
        var found: [ListEntry] = []
        while case let bytes = try document.read(), !bytes.isEmpty { found += reader.read(bytes) }
        found += reader.finish()
        if let failure = reader.failure { throw failure }
        episodes += found.map { described($0, first, .rss, location) { link, _ in link } }
        return reader.header.next
    }

    private static let mostPages = 100

    /// How many episodes of a feed are read, all of which are held in memory.
    private static let mostEpisodes = 50_000

    /// Throws `unknown_list` for a document that looks like no list, and `bad_list` for one named a list that is not text.
    private static func format(of document: borrowing ListDocument) throws(Failure) -> ListFormat {
        let bytes = document.head()
        let head = TextDecoder.text(bytes, charset: document.charset)
        guard let format = ListFormat(name: document.location, head: head) else {
            throw .permanent(
                "unknown_list",
                "\(document.name) is neither audio nor a known kind of list: M3U, PLS, XSPF, JSPF, CSV, RSS, Atom")
        }
        guard format.isIn(head) || TextDecoder.isText(head) else {
            let kind = Magic.format(of: bytes).map { "begins like \($0.rawValue)" } ?? "is not text"
            throw .permanent("bad_list", "\(document.name) is named a list but is not one: it \(kind)")
        }
        return format
    }

    /// An entry with what the list says of all entries, and with absolute links.
    private func described(
        _ entry: ListEntry, _ header: ListHeader, _ format: ListFormat, _ location: String,
        _ file: (_ link: String, _ list: String) -> String
    ) -> ListEntry {
        var entry = entry
        let isNamed = ![.rss, .xspf, .jspf].contains(format)
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
    /// The format that a link leads to, as declared, or else by its first bytes or their server; throws `no_format` if that is
    /// not known audio, or not wanted.
    func media(of url: String, told: Media?, auth: Auth) throws(Failure) -> Media {
        let known = if let told { told } else { try looked(at: url, auth) }
        guard var media = known else {
            throw .permanent(
                "no_format",
                "the format of \(WebLink.shown(url)) is unknown, also by its first bytes: supported are \(Format.list)")
        }
        media.takesAnyFormat = true
        return try formats.pick([media])
    }

    private func looked(at url: String, _ auth: Auth) throws(Failure) -> Media? {
        guard !leadsElsewhere(url), let format = try Beginning.format(of: url, client, auth) else { return nil }
        return Media(url: WebLink.url(url), format: format)
    }

    /// The entry with the one of its links that leads to a wanted format.
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
    /// What the entry says about the recording.
    var track: Track {
        var track = Track()
        (track.title, track.artist, track.album) = (title, artist, album)
        track.artists = artist.map { [$0] } ?? []
        (track.trackNumber, track.discNumber, track.duration) = (trackNumber, discNumber, duration)
        (track.releaseDate, track.comment, track.isrc, track.artworkURL) = (releaseDate, comment, isrc, artworkURL)
        track.musicBrainz.recording = recordingID
        return track
    }

    /// The entry's media; without the length, which is often wrong in feeds.
    var media: Media? {
        guard let location, WebLink.isOne(location) else { return nil }
        let told = mime.flatMap { Format(mime: $0) }
        // Opus is kept in Ogg, and its files are often named .ogg.
        let format = format ?? (told == .opus ? told : Format(link: location) ?? told)
        return format.map { Media(url: WebLink.url(location), format: $0) }
    }
}
