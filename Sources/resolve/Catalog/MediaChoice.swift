import Wire

/// Which of the media on offer is taken: the first wish that one of them meets.
struct MediaChoice {
    /// Qualities or formats, best first; empty takes what the manifest puts first.
    let wishes: [String]
    /// Whether the half minute is taken that public catalogs offer, and no manifest asked for.
    let isPreview: Bool

    init(wishes: [String], isPreview: Bool = false) {
        (self.wishes, self.isPreview) = (wishes.map { $0.lowercased() }, isPreview)
    }

    /// Throws `no_format` when nothing fits.
    func pick(from offers: [JSON]) throws(Failure) -> Media {
        var (known, unknown): ([Media], [String]) = ([], [])
        for offer in offers.compactMap(\.object) {
            let name = offer["format"]?.string ?? "a file of no format"
            if Format(rawValue: name) == nil {
                unknown.append(name)
            } else {
                known.append(try Media(Section("media", offer)))
            }
        }
        guard known.isEmpty else { return try pick(known) }
        if unknown.isEmpty { throw .permanent("no_format", "no file of this track is on offer") }
        throw .permanent(
            "no_format", "this track is on offer only as \(Self.list(unknown).prefix(200)); known are \(Format.list)")
    }

    /// Says what was wished for first where something else is taken.
    func pick(_ known: [Media]) throws(Failure) -> Media {
        if wishes.isEmpty, let first = known.first { return first }
        let wanted = wishes.lazy.compactMap { wish in
            known.first { Self.meets($0, wish) }
        }
        guard var media = wanted.first else {
            let offers = Self.list(known.map { $0.quality ?? $0.format.rawValue })
            throw .permanent("no_format", "this track is on offer only as \(offers); wanted is \(Self.list(wishes))")
        }
        media.wanted = wishes.first.flatMap { Self.meets(media, $0) ? nil : $0 }
        return media
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    /// Where nobody tells the quality, as of a link, it may be any of its format's.
    private static func meets(_ media: Media, _ wish: String) -> Bool {
        media.format.rawValue == wish || media.quality?.lowercased() == wish
            || (media.quality == nil && wish.hasPrefix("\(media.format.rawValue)_"))
    }
}
