import Glibc
import Wire

/// A terminal on stderr with a block of lines at the bottom that is redrawn; other lines scroll by above it.
///
/// The cursor is never hidden, and is always below the block: however the process ends, the terminal is left intact.
package final class Screen {
    private let colours: Bool
    /// The widths in columns of the lines that are shown now.
    private var drawn: [Int] = []
    private var size = (width: 80, height: 24)

    /// Nil if stderr is not a terminal that can do this.
    package init?() {
        let name = getenv("TERM").map { String(cString: $0) } ?? "dumb"
        guard isatty(2) == 1, name != "dumb", name != "" else { return nil }
        colours = getenv("NO_COLOR").map { $0.pointee == 0 } ?? true
        measure()
    }

    /// How many lines a block may have.
    package var height: Int { max(1, size.height - 2) }
    /// Columns of a line. The last column stays free, since terminals differ in what they do after it.
    package var width: Int { max(1, size.width - 1) }

    /// Must be called when the terminal has been resized.
    package func measure() {
        var window = winsize()
        guard ioctl(2, UInt(TIOCGWINSZ), &window) == 0, window.ws_col > 0, window.ws_row > 0 else { return }
        size = (Int(window.ws_col), Int(window.ws_row))
    }

    /// Redraws the block, in one write. It never shrinks, so that what is below stays where it is.
    package func draw(_ lines: [StyledLine]) {
        guard isInForeground else { return }
        let missing = max(0, min(drawn.count, height) - lines.count)
        put(above: "", lines + Array(repeating: StyledLine(), count: missing))
    }

    /// Puts a line above the block.
    package func say(_ line: StyledLine, _ block: [StyledLine]) {
        let missing = max(0, min(drawn.count, height) - block.count)
        put(above: line.text(colours: colours) + "\n", block + Array(repeating: StyledLine(), count: missing))
    }

    /// Removes the block.
    package func clear() { put(above: "", []) }

    private func put(above text: String, _ lines: [StyledLine]) {
        // Most terminals rewrap the lines they show when they get narrower.
        let rows = drawn.reduce(0) { $0 + max(1, ($1 + size.width - 1) / size.width) }
        var frame = "\u{1b}[?2026h"
        if rows > 0 { frame += "\u{1b}[\(rows)A\r" }
        if !text.isEmpty { frame += "\u{1b}[J" + text }
        for line in lines { frame += line.text(width: width, colours: colours) + "\u{1b}[K\n" }
        frame += "\u{1b}[J\u{1b}[?2026l"
        drawn = lines.map { min($0.cells, width) }
        writeToStandardError(frame)
    }

    /// False while another program has the terminal: its output is not disturbed.
    private var isInForeground: Bool {
        let group = tcgetpgrp(2)
        return group < 0 || group == getpgrp()
    }
}
