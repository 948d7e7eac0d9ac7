/// What distinguishes one recording of a song from another, as titles say it.
struct Edition: Hashable {
    let kind: Kind
    /// Whose remix, where it was live, or the year, as a key; often empty.
    var detail = ""

    enum Kind: Hashable {
        case cover, karaoke, remix, live, remaster, radio, single, extended, acoustic, instrumental, demo, spedUp,
            slowed
        case eightBit, nightcore, mono, stereo, explicit, clean, unplugged, stripped, vocal, alternate, take, session,
            reprise
        case edit, mix, version
    }

    /// Whether it imitates somebody else's recording.
    var isImitation: Bool { kind == .cover || kind == .karaoke }

    /// Whether a recording of the same length is the same recording.
    var isSameRecording: Bool { kind == .remaster || kind == .explicit }

    /// The editions that a remark such as `Live at Wembley, 2011 Remaster` names; empty for any other remark.
    static func editions(in remark: String) -> Set<Edition> {
        var words = Spelling.words(remark)
        var kinds: [Kind] = []
        for (kind, phrases) in vocabulary where phrases.contains(where: { words.cut($0) }) { kinds.append(kind) }
        for (kind, word) in [(Kind.edit, "edit"), (.mix, "mix"), (.version, "version")] where kinds.isEmpty {
            if words.cut([word]) { kinds.append(kind) }
        }
        return detailed(kinds, words.filter { !fillers.contains($0) })
    }

    /// The kinds with their detail: a year belongs to the remaster, anything else to the first kind.
    private static func detailed(_ kinds: [Kind], _ words: [String]) -> Set<Edition> {
        guard let first = kinds.first(where: { $0 != .remaster }) ?? kinds.first else { return [] }
        let isYear = { (word: String) in kinds.contains(.remaster) && word.count == 4 && word.allSatisfy(\.isNumber) }
        return Set(
            kinds.map { kind in
                let own = words.filter { kind == .remaster && isYear($0) || kind == first && !isYear($0) }
                return Edition(kind: kind, detail: own.isEmpty ? "" : Spelling.key(own, of: ""))
            })
    }

    /// Whether the name of an album says that its tracks are imitations.
    static func tellsImitation(album: String) -> Bool {
        var words = Spelling.words(album)
        // Albums with these words in their names may imitate nobody.
        let others = [["cover"], ["tribute"]]
        return vocabulary.prefix(2).contains { $0.phrases.contains { !others.contains($0) && words.cut($0) } }
    }

    /// Whether the name of an artist says that they imitate others.
    static func tellsImitation(artist: String) -> Bool {
        tellsImitation(album: artist) || Spelling.words(artist).contains("tribute")
    }

    /// Whether a remark, as a whole, says nothing about the recording.
    static func isPlain(_ remark: String) -> Bool {
        let words = Spelling.words(remark)
        if remarks.contains(words.joined(separator: " ")) { return true }
        if words.contains("soundtrack") || words.starts(with: ["prod"]) || words.starts(with: ["produced", "by"]) {
            return true
        }
        guard words.first == "from" else { return false }
        return !screens.isDisjoint(with: words) || remark.contains { "\"“”„«".contains($0) }
    }

    private static let screens: Set<String> = ["film", "motion", "movie", "musical", "ost", "series"]

    private static let remarks: Set<String> = [
        "album version", "album mix", "lp version", "original version", "original mix", "original", "official video",
        "official audio", "official music video", "official lyric video", "official", "lyric video", "lyrics",
        "audio", "video", "music video", "visualizer", "hd", "hq", "4k", "bonus track", "bonus"
    ]

    private static let fillers: Set<String> = [
        "version", "mix", "edit", "ver", "at", "in", "from", "the", "on", "by", "of", "de", "en", "a", "recorded",
        "digital", "digitally", "content", "lyrics", "reverb"
    ]

    private static let vocabulary = phrases.map { kind, phrases in (kind: kind, phrases: phrases.map(Spelling.words)) }

    /// The phrases of each kind: imitations first, and longer phrases before shorter ones that they contain.
    private static let phrases: [(Kind, [String])] = [
        (
            .cover,
            [
                "in the style of", "originally performed by", "originally recorded by", "originally by",
                "as made famous by", "made famous by", "tribute", "cover version", "cover", "кавер", "カバー", "커버",
                "翻唱"
            ]
        ),
        (
            .karaoke,
            [
                "karaoke", "backing track", "sing along", "singalong", "off vocal", "minus one", "караоке",
                "минусовка", "カラオケ", "노래방", "伴奏"
            ]
        ),
        (
            .remix,
            [
                "remix", "remixed", "rmx", "bootleg", "mashup", "mash up", "rework", "reworked", "refix", "flip",
                "dub", "vip", "ремикс", "リミックス", "리믹스", "混音"
            ]
        ),
        (
            .live,
            [
                "live", "in concert", "en vivo", "en directo", "ao vivo", "dal vivo", "концерт", "ζωντανά", "ライブ",
                "ライヴ", "라이브", "现场", "現場", "הופעה חיה"
            ]
        ),
        (
            .remaster,
            ["remaster", "remastered", "remastering", "remasterizado", "remasterisé", "ремастер", "リマスター", "리마스터"]
        ),
        (.radio, ["radio"]), (.single, ["single version", "single edit", "single mix", "7 version", "7 mix", "7 edit"]),
        (.extended, ["extended", "long version", "12 version", "12 mix"]),
        (.acoustic, ["acoustic", "akustik", "acústico", "acústica", "acoustique", "акустическ", "アコースティック", "어쿠스틱"]),
        (.instrumental, ["instrumental", "inst", "инструментал", "インストゥルメンタル", "インスト"]),
        (.demo, ["demo", "демо", "デモ"]), (.spedUp, ["sped up", "speed up", "spedup", "speedup"]),
        (.slowed, ["slowed"]), (.eightBit, ["8 bit", "8bit", "chiptune"]), (.nightcore, ["nightcore"]),
        (.mono, ["mono"]), (.stereo, ["stereo"]), (.explicit, ["explicit", "dirty"]), (.clean, ["clean", "censored"]),
        (.unplugged, ["unplugged"]), (.stripped, ["stripped"]),
        (.vocal, ["a cappella", "acapella", "acappella", "a capella"]),
        (.alternate, ["alternate", "alternative", "outtake", "rehearsal"]), (.take, ["take"]),
        (.session, ["session", "sessions"]), (.reprise, ["reprise"])
    ]
}

extension [String] {
    /// Removes a phrase; false when it is absent. In scripts without spaces it may be part of a word.
    fileprivate mutating func cut(_ phrase: [String]) -> Bool {
        if let found = ranges(of: phrase).first {
            removeSubrange(found)
            return true
        }
        guard phrase.count == 1, let word = phrase.first, word.utf8.contains(where: { $0 >= 0x80 }),
            let index = firstIndex(where: { $0.contains(word) })
        else { return false }
        self[index] = self[index].replacing(word, with: "")
        if self[index].isEmpty { remove(at: index) }
        return true
    }
}
