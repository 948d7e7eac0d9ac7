import Glibc

/// Cuts a stream into lines at LF, each at most `Record.maximumLineBytes` long with its LF.
package struct LineReader: ~Copyable {
    package enum Line: Equatable {
        /// Without its LF.
        case text([UInt8])
        case tooLong
    }

    /// What the source answered when more bytes were asked for.
    package enum Supply { case bytes(Int), end, interrupted }

    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Record.maximumLineBytes, alignment: 16)
    private var unread = 0..<0
    private var isAtEnd = false
    private var isSkipping = false
    /// The number of lines handed out so far, which is also the number of the last one.
    package private(set) var number = 0

    package init() {}

    deinit { buffer.deallocate() }

    /// Whether bytes were read that have not been handed out yet.
    package var holdsBytes: Bool { !unread.isEmpty || isSkipping }

    /// The next line, or nil at the end, or when `fill` was interrupted.
    package mutating func next(fill: (UnsafeMutableRawBufferPointer) -> Supply) -> Line? {
        while true {
            if let line = takeLine() { return line }
            if isAtEnd { return takeLast() }
            makeRoom()
            switch fill(UnsafeMutableRawBufferPointer(rebasing: buffer[unread.upperBound...])) {
            case .bytes(let count): unread = unread.lowerBound..<unread.upperBound + count
            case .end: isAtEnd = true
            case .interrupted: return nil
            }
        }
    }

    private mutating func takeLine() -> Line? {
        guard !unread.isEmpty, let base = buffer.baseAddress,
            let end = memchr(base + unread.lowerBound, 10, unread.count).map({
                UnsafeRawPointer($0) - UnsafeRawPointer(base)
            })
        else { return nil }
        let text = unread.lowerBound..<end
        unread = end + 1..<unread.upperBound
        return hand(text)
    }

    private mutating func takeLast() -> Line? {
        guard holdsBytes else { return nil }
        let text = unread
        unread = unread.upperBound..<unread.upperBound
        return hand(text)
    }

    private mutating func hand(_ text: Range<Int>) -> Line {
        number += 1
        defer { isSkipping = false }
        return isSkipping ? .tooLong : .text([UInt8](UnsafeRawBufferPointer(rebasing: buffer[text])))
    }

    /// Moves what is unread to the front; a line that fills the whole buffer is dropped up to its LF.
    private mutating func makeRoom() {
        if unread.count == buffer.count {
            isSkipping = true
            unread = 0..<0
        } else if unread.lowerBound > 0, let base = buffer.baseAddress,
            // What is moved is less than what was handed out since, and memory that was used a moment ago is used again.
            unread.count <= unread.lowerBound || buffer.count - unread.upperBound < 65_536
        {
            memmove(base, base + unread.lowerBound, unread.count)
            unread = 0..<unread.count
        }
    }
}
