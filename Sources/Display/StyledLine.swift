/// A line for a terminal, in pieces that may each have a style.
package struct StyledLine: Equatable {
    private var pieces: [Piece] = []

    private struct Piece: Equatable {
        var text: String
        var style: Style
    }

    /// A style, by its number in an SGR sequence.
    package enum Style: String {
        case plain = "0"
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    package init() {}
    package init(_ text: String, _ style: Style = .plain) { add(text, style) }

    package mutating func add(_ text: String, _ style: Style = .plain) {
        pieces.append(Piece(text: text.harmless, style: style))
    }

    var isRed: Bool { pieces.contains { $0.style == .red } }

    /// How many columns it takes on a terminal, at most.
    package var cells: Int { pieces.reduce(0) { $0 + $1.text.cells } }

    /// Its text, cut to `width` columns.
    package func text(width: Int = .max, colours: Bool = false) -> String {
        var (text, room) = ("", width)
        for piece in pieces where room > 0 {
            let part = piece.text.cut(to: room)
            if width < .max { room -= part.cells }
            let isColoured = colours && piece.style != .plain
            text += isColoured ? "\u{1b}[\(piece.style.rawValue)m\(part)\u{1b}[0m" : part
        }
        return text
    }
}
