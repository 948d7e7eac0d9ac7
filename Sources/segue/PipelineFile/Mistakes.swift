import Wire
import Yams

/// Something that is wrong in a pipeline file, and the line it stands on.
struct Mistake: Equatable {
    let line: Int
    let text: String
}

/// What was found to be wrong so far; after the hundredth nobody reads on.
final class Mistakes {
    private var found: [Mistake] = []

    private static let enough = 100

    var areEnough: Bool { found.count >= Self.enough }

    /// By their lines; one that several aliases lead to stands there once.
    var list: [Mistake] { found.sorted { $0.line < $1.line } }

    func add(_ text: String, at node: Node?) { add(text, line: node?.mark?.line ?? 1) }

    func add(_ text: String, line: Int) {
        let mistake = Mistake(line: line, text: text)
        if !areEnough, !found.contains(mistake) { found.append(mistake) }
    }
}

extension [Mistake] {
    /// All of them as one failure, a line each.
    func failure(in file: String) -> Failure {
        .config("bad_pipeline", map { "\(file):\($0.line): \($0.text)" }.joined(separator: "\n"))
    }
}
