/// The one of `words` that `word` was most likely meant to be, or nil if it is close to none of them.
package func nearest(to word: String, of words: [String]) -> String? {
    guard word.utf8.count <= 64 else { return nil }
    let ranked = words.map { (word: $0, distance: distance(word, $0)) }.min { $0.distance < $1.distance }
    guard let ranked, ranked.distance <= max(1, min(2, ranked.word.utf8.count / 2)) else { return nil }
    return ranked.word
}

/// How many bytes must be changed, added or removed; case is ignored.
private func distance(_ one: String, _ other: String) -> Int {
    let other = Array(other.lowercased().utf8)
    var row = Array(0...other.count)
    for (index, byte) in one.lowercased().utf8.enumerated() {
        var corner = row[0]
        row[0] = index + 1
        for (column, second) in other.enumerated() {
            let best = min(row[column] + 1, row[column + 1] + 1, corner + (byte == second ? 0 : 1))
            (corner, row[column + 1]) = (row[column + 1], best)
        }
    }
    return row[other.count]
}
