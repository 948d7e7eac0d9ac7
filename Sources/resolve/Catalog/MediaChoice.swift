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
        var known: [Media] = []
        for offer in offers.compactMap(\.object) where Format(rawValue: offer["format"]?.string ?? "") != nil {
            known.append(try Media(Section("media", offer)))
        }
        return try pick(known)
    }

    /// Says what was wished for first where something else is taken.
    func pick(_ known: [Media]) throws(Failure) -> Media {
        if wishes.isEmpty, let first = known.first { return first }
        let wanted = wishes.lazy.compactMap { wish in
            known.first { Self.meets($0, wish) }
        }
        guard var media = wanted.first else {
            let names = known.map { $0.quality ?? $0.format.rawValue }.joined(separator: ", ")
            throw .permanent(
                "no_format", "none of the wanted formats is on offer, only: \(names.isEmpty ? "none" : names)")
        }
        media.wanted = wishes.first.flatMap { Self.meets(media, $0) ? nil : $0 }
        return media
    }

    /// Where nobody tells the quality, as of a link, it may be any of its format's.
    private static func meets(_ media: Media, _ wish: String) -> Bool {
        media.format.rawValue == wish || media.quality?.lowercased() == wish
            || (media.quality == nil && wish.hasPrefix("\(media.format.rawValue)_"))
    }
}
