import CPosix

extension String {
    /// How many columns it takes on a terminal, at most.
    package var cells: Int { unicodeScalars.reduce(0) { $0 + $1.cells } }

    /// As much of it as fits into `width` columns, with an ellipsis in place of the rest.
    func cut(to width: Int) -> String {
        guard width < .max, cells > width else { return self }
        guard width > 0 else { return "" }
        var (kept, room) = ("", width - 1)
        for character in self {
            let cells = String(character).cells
            guard cells <= room else { break }
            kept.append(character)
            room -= cells
        }
        return kept + "…"
    }

    package func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - cells)) }
    func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - cells)) + self }
}

extension Unicode.Scalar {
    /// By the C library's table. A terminal that joins a sequence uses fewer columns than its parts, never more.
    fileprivate var cells: Int {
        if (0x20...0x7e).contains(value) { return 1 }
        // The selector that turns the character before it into an emoji also makes it wide.
        if value == 0xfe0f { return 1 }
        let width = posix_cells(value)
        return width < 0 ? 2 : Int(width)
    }
}
