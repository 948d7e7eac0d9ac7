import Glibc
import Wire

extension FolderCatalog {
    /// The members that every document of a track has.
    func row(_ song: FolderTrack) -> JSON {
        let title = song.tags.title ?? ""
        return .object([
            "id": .integer(song.id), "readable": .boolean(true), "title": .string(title), "title_short": .string(title),
            "title_version": .string(""), "link": .string("\(base)/track/\(song.id)"),
            "duration": .integer(Int(song.tags.duration ?? 0)), "rank": .integer(0), "explicit_lyrics": .boolean(false),
            "explicit_content_lyrics": .integer(2), "explicit_content_cover": .integer(2), "preview": .string(""),
            "artist": artist(song.artist), "type": .string("track")
        ])
    }

    /// The members that every document of an album has; covers only where its folder holds a picture.
    func albumHead(_ album: FolderAlbum) -> JSON {
        let cover: JSON? = album.cover == nil ? nil : .string("\(base)/cover/\(album.id)")
        return .object([
            "id": .integer(album.id), "title": .string(album.title), "link": .string("\(base)/album/\(album.id)"),
            "cover": cover, "cover_small": cover, "cover_medium": cover, "cover_big": cover, "cover_xl": cover,
            "tracklist": .string("\(base)/album/\(album.id)/tracks")
        ])
    }

    func albumInTrack(_ album: FolderAlbum) -> JSON {
        albumHead(album).with(["release_date": .string(date(album.releaseDate)), "type": .string("album")])
    }

    func artist(_ id: Int) -> JSON {
        .object([
            "id": .integer(id), "name": .string(shelf.artists.indices.contains(id - 1) ? shelf.artists[id - 1] : ""),
            "tracklist": .string("\(base)/artist/\(id)/top"), "type": .string("artist")
        ])
    }

    func contributors(_ song: FolderTrack) -> JSON {
        .array(
            song.tags.artists.compactMap { name in
                let id = shelf.artists.firstIndex { $0.utf8.elementsEqual(name.utf8) }.map { JSON.integer($0 + 1) }
                return .object([
                    "id": id ?? .integer(0), "name": .string(name), "type": .string("artist"), "role": .string("Main")
                ])
            })
    }

    func genre(_ name: String, _ id: Int) -> JSON {
        .object(["id": .integer(id), "name": .string(name), "type": .string("genre")])
    }

    func list(_ rows: [JSON]) -> JSON { .object(["data": .array(rows)]) }

    /// A date as catalogs write it: complete, with 01 for unknown parts, or zeros for an unknown date.
    func date(_ known: String?) -> String {
        let parts = (known ?? "").prefix(10).split(separator: "-").map(String.init)
        guard let year = parts.first, year.utf8.count == 4, Int(year) != nil else { return "0000-00-00" }
        return parts.count == 3 ? parts.joined(separator: "-") : "\(year)-\(parts.count == 2 ? parts[1] : "01")-01"
    }

    /// `YYYY-MM-DD hh:mm:ss`.
    func time(_ seconds: Int) -> String { formatted(seconds, "%Y-%m-%d %H:%M:%S") }
}

/// A time in UTC, formatted by `strftime`.
func formatted(_ seconds: Int, _ format: String) -> String {
    var moment = time_t(seconds)
    var parts = tm()
    gmtime_r(&moment, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let length = strftime(&text, text.count, format, &parts)
    return String(decoding: text.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
