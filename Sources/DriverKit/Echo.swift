/// What a replica says on stderr since its last answer: while it repeats one that died, it is kept back, so
/// that a stage that dies again and again says why once.
struct Echo {
    private(set) var said: [String] = []
    /// How many of these, all of them, are kept back.
    private var held = 0
    private var heldAt: Int64 = 0

    private static let mostLines = 200
    /// Nanoseconds after which what a living replica said is shown after all.
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

    /// It answered, or has lived for a while: what was kept back is shown.
    mutating func show() -> [String] {
        defer { held = 0 }
        return Array(said.prefix(held))
    }

    mutating func showIfOld(now: Int64) -> [String] { held > 0 && now - heldAt > Self.patience ? show() : [] }

    /// What comes from now on is news.
    mutating func begin() -> [String] {
        defer { said = [] }
        return show()
    }

    /// A line that stands for what was kept back.
    mutating func fold() -> [String] {
        defer { held = 0 }
        return held > 1 ? ["(\(held) lines as before)"] : Array(said.prefix(held))
    }
}
