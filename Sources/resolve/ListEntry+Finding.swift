import Lists
import Matching
import Wire

extension ListEntry {
    /// The best match of a source: `search` is called with the entry as written and, if that finds nothing, with the first
    /// artist and the title without guests and edition.
    func choose<Found>(
        _ track: (Found) -> Track, withArtist: Bool, search: (_ text: String) throws(Failure) -> [Found]
    ) throws(Failure) -> Choice<Found> {
        guard let title else { return .none(nearest: nil) }
        let artist = withArtist ? artist : nil
        let long = [artist, title].compactMap(\.self).joined(separator: " ")
        let short = [artist.map(JoinedNames.first), Title(title).name].compactMap(\.self).joined(separator: " ")
        let wish = Wish(self.track)
        let first = wish.choose(of: try search(long), track)
        guard case .none(let nearest) = first, short != long else { return first }
        let second = wish.choose(of: try search(short), track)
        guard case .none(let other) = second else { return second }
        return .none(nearest: nearest ?? other)
    }
}
