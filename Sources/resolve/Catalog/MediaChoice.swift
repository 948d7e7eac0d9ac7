import Wire

/// Chooses among the media on offer: the first wish that one of them meets.
struct MediaChoice {
    /// Qualities or formats, best first; if empty, the first of the manifest is taken.
    let wishes: [String]
    /// Whether to take the 30-second preview of public catalogs, without asking for a manifest.
    let isPreview: Bool

    init(wishes: [String], isPreview: Bool = false) {
        (self.wishes, self.isPreview) = (wishes.map { $0.lowercased() }, isPreview)
    }

    /// The choice for a reference with options.
    func with(_ options: ReferenceOptions) -> MediaChoice {
        options.formats.isEmpty ? self : MediaChoice(wishes: options.formats, isPreview: isPreview)
    }

    /// Throws `no_format` when nothing matches.
    func pick(from offers: [JSON]) throws(Failure) -> Media {
        var (known, unknown): ([Media], [String]) = ([], [])
        for offer in offers.compactMap(\.object) {
            let name = offer["format"]?.string ?? "a file without a format"
            if Format(rawValue: name) == nil {
                unknown.append(name)
            } else {
                known.append(try Media(Section("media", offer)))
            }
        }
        guard known.isEmpty else { return try pick(known) }
        if unknown.isEmpty { throw .permanent("no_format", "the catalog offers no file of this track") }
        throw .permanent(
            "no_format",
            "this track is only available as \(Self.list(unknown).prefix(200)); supported are \(Format.list)")
    }

    /// Notes the first wish where something else is taken; what was wished for must come.
    func pick(_ known: [Media]) throws(Failure) -> Media {
        if wishes.isEmpty, let first = known.first { return first }
        let wanted = wishes.lazy.compactMap { wish in
            known.first { Self.meets($0, wish) }
        }
        guard var media = wanted.first else {
            let offers = Self.list(known.map { $0.quality ?? $0.format.rawValue })
            throw .permanent("no_format", "this track is only available as \(offers); wanted is \(Self.list(wishes))")
        }
        media.takesAnyFormat = false
        media.wanted = wishes.first.flatMap { Self.meets(media, $0) ? nil : $0 }
        return media
    }

    private static func list(_ names: [String]) -> String { names.joined(separator: ", ") }

    /// Media of unknown quality, such as a link's, counts as every quality of its format.
    private static func meets(_ media: Media, _ wish: String) -> Bool {
        media.format.rawValue == wish || media.quality?.lowercased() == wish
            || (media.quality == nil && wish.hasPrefix("\(media.format.rawValue)_"))
    }
}
