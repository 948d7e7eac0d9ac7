import Wire

/// The candidate that is meant, or what came nearest to it.
package enum Choice<Candidate> {
    case best(Candidate, by: Match.Evidence)
    /// Says what came nearest and why it is not the one; nil where nothing is near.
    case none(nearest: String?)

    /// The same choice with the best candidate transformed.
    package func map<Other>(_ change: (Candidate) -> Other) -> Choice<Other> {
        switch self {
        case .best(let candidate, let evidence): .best(change(candidate), by: evidence)
        case .none(let nearest): .none(nearest: nearest)
        }
    }
}

extension Wish {
    /// Whether a track is the recording that is meant.
    package func isMet(by track: Track) -> Bool {
        if case .same = comparison(with: track) { return true }
        return false
    }

    /// The best of the candidates; among equals the first.
    package func choose<Candidate>(of found: [Candidate], _ track: (Candidate) -> Track) -> Choice<Candidate> {
        var best: (likeness: Likeness, candidate: Candidate)?
        var nearest: (difference: Difference, track: Track)?
        for candidate in found {
            let told = track(candidate)
            switch comparison(with: told) {
            case .same(let likeness) where best.map({ $0.likeness < likeness }) ?? true: best = (likeness, candidate)
            case .other(let difference) where nearest.map({ $0.difference < difference }) ?? true:
                nearest = (difference, told)
            default: continue
            }
        }
        if let best { return .best(best.candidate, by: best.likeness.evidence) }
        return .none(nearest: nearest.map { "\($0.track.display), \($0.difference.description)" })
    }
}

extension Track {
    /// A track in one short line.
    fileprivate var display: String {
        String([artist ?? artists.first, title].compactMap(\.self).joined(separator: " - ").prefix(200))
    }
}
