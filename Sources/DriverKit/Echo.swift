/// What a replica says on stderr since its last answer: as long as one that died said the very same, it is kept back, so
/// that a stage that dies again and again tells its story once.
struct Echo {
    private(set) var said: [String] = []
    /// How many of these, all of them, are kept back.
    private var held = 0
    private var heldAt: Int64 = 0

    private static let mostLines = 200
    /// What is kept back of one that lives on is shown after so many nanoseconds.
    private static let patience: Int64 = 2_000_000_000

    /// Takes a line and returns those to show; `known` is what the last one said before it died.
    mutating func add(_ line: String, after known: [String], now: Int64) -> [String] {
        if said.count < Self.mostLines { said.append(line) }
        if held == said.count - 1, known.starts(with: said) {
            (held, heldAt) = (held + 1, now)
            return []
        }
        return fold() + [line]
    }

    /// It answered, or has lived on for a while: what was kept back is shown.
    mutating func show() -> [String] {
        defer { held = 0 }
        return Array(said.prefix(held))
    }

    mutating func showIfOld(now: Int64) -> [String] { held > 0 && now - heldAt > Self.patience ? show() : [] }

    /// What comes from now on is another story.
    mutating func begin() -> [String] {
        defer { said = [] }
        return show()
    }

    /// What was kept back, in a word: it is known.
    mutating func fold() -> [String] {
        defer { held = 0 }
        return held > 1 ? ["(\(held) lines as before)"] : Array(said.prefix(held))
    }
}
