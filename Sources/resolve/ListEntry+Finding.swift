import Lists
import Matching
import Wire

extension ListEntry {
    /// The best match of a source, which is asked for one text after another until something matches.
    func choose<Found>(
        _ track: (Found) -> Track, withArtist: Bool, search: (_ text: String) throws(Failure) -> [Found]
    ) throws(Failure) -> Choice<Found> {
        let wish = Wish(self.track)
        var nearest: String?
        for text in searches(withArtist: withArtist) {
            switch wish.choose(of: try search(text), track) {
            case .best(let found, let evidence): return .best(found, by: evidence)
            case .none(let other): nearest = nearest ?? other
            }
        }
        return .none(nearest: nearest)
    }

    /// The entry as written, then the first artist and the title without guests and edition; without an artist, also the
    /// longest plain word of the title, for servers that take other quotation marks, dashes and accents for other letters.
    private func searches(withArtist: Bool) -> [String] {
        guard let title else { return [] }
        let (artist, name) = (withArtist ? artist : nil, Title(title).name)
        let words = name.split { !$0.isASCII || !$0.isLetter && !$0.isNumber }.map(String.init)
        let word = withArtist ? nil : words.max { $0.utf8.count < $1.utf8.count }
        let texts: [String?] = [
            [artist, title].compactMap(\.self).joined(separator: " "),
            [artist.map(JoinedNames.first), name].compactMap(\.self).joined(separator: " "),
            word.flatMap { $0.utf8.count > 2 ? $0 : nil }
        ]
        return texts.compactMap(\.self).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// The entry in one line.
    var display: String {
        let name = [artist, title].compactMap(\.self).joined(separator: " - ")
        return name.isEmpty ? isrc ?? recordingID ?? "this" : name
    }
}

extension Track {
    /// Whether it says enough to be looked up.
    var isWish: Bool { title != nil || isrc != nil || musicBrainz.recording != nil }
}
