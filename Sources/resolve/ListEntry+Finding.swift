import Lists
import Matching
import Wire

extension ListEntry {
    /// The best that a source has: `search` is asked with the title as it is written, and where that leads to nothing,
    /// without guests and edition.
    func choose<Found>(
        _ track: (Found) -> Track, search: (_ text: String, _ title: String) throws(Failure) -> [Found]
    ) throws(Failure) -> Choice<Found> {
        guard let title else { return .none(nearest: nil) }
        let wish = Wish(self.track)
        let short = Title(title).name
        let first = wish.choose(of: try search(named(title), title), track)
        guard case .none(let nearest) = first, short != title else { return first }
        let second = wish.choose(of: try search(named(short), short), track)
        guard case .none(let other) = second else { return second }
        return .none(nearest: nearest ?? other)
    }

    private func named(_ title: String) -> String {
        [artist, title].compactMap(\.self).joined(separator: " ")
    }
}
