import Yams

/// The mistakes found so far; after the hundredth no more are added.
final class Mistakes {
    private var found: [Mistake] = []

    private static let enough = 100

    var areEnough: Bool { found.count >= Self.enough }

    /// The mistakes by line; one that several aliases lead to is listed once.
    var list: [Mistake] { found.sorted { $0.line < $1.line } }

    func add(_ text: String, at node: Node?) { add(text, line: node?.mark?.line ?? 1) }

    func add(_ text: String, line: Int) {
        let mistake = Mistake(line: line, text: text)
        if !areEnough, !found.contains(mistake) { found.append(mistake) }
    }
}
