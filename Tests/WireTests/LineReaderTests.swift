import Testing

@testable import Wire

@Suite struct LineReaderTests {
    /// All lines of `source`, handed out at most `step` bytes at a time.
    private func lines(of source: [UInt8], step: Int) -> [LineReader.Line] {
        var reader = LineReader()
        var position = 0
        var found: [LineReader.Line] = []
        while let line = reader.next(fill: { buffer in
            let count = min(step, buffer.count, source.count - position)
            guard count > 0 else { return .end }
            buffer.copyBytes(from: source[position..<position + count])
            position += count
            return .bytes(count)
        }) { found.append(line) }
        return found
    }

    private func text(_ line: String) -> LineReader.Line { .text(Array(line.utf8)) }

    @Test(arguments: [1, 2, 3, 7, 65_536])
    func `lines end at LF alone, and the last one needs none`(_ step: Int) {
        let source = Array("a\n\r\nb\u{2028}c\u{85}\n\nlast".utf8)
        #expect(
            lines(of: source, step: step) == [text("a"), text("\r"), text("b\u{2028}c\u{85}"), text(""), text("last")])
    }

    @Test(arguments: [1, 7, 100, 4096])
    func `lines are whole wherever a read ends`(_ step: Int) {
        let texts = (0..<300).map { [UInt8](repeating: UInt8(65 + $0 % 26), count: $0 * 7 % 400) }
        #expect(lines(of: Array(texts.joined(separator: [10])), step: step) == texts.map { .text($0) })
    }

    @Test func `nothing is no line`() {
        #expect(lines(of: [], step: 1).isEmpty)
    }

    @Test(arguments: [4096, 1 << 20])
    func `a line that is too long is one line, and the next is read`(_ step: Int) {
        let limit = Record.maximumLineBytes
        let fits = [UInt8](repeating: 65, count: limit - 1)
        let tooLong = [UInt8](repeating: 66, count: limit)
        let far = [UInt8](repeating: 67, count: 3 * limit + 5)
        let source = fits + [10] + tooLong + [10] + far + [10] + Array("ok".utf8)
        #expect(lines(of: source, step: step) == [.text(fits), .tooLong, .tooLong, text("ok")])
    }

    @Test func `a last line that is too long is told as well`() {
        #expect(lines(of: [UInt8](repeating: 65, count: 2 << 20), step: 1 << 16) == [.tooLong])
    }

    @Test func `numbers count every LF`() {
        var reader = LineReader()
        var isFilled = false
        var numbers: [Int] = []
        while reader.next(fill: { buffer in
            guard !isFilled else { return .end }
            isFilled = true
            buffer.copyBytes(from: Array("\n\nx\n".utf8))
            return .bytes(4)
        }) != nil { numbers.append(reader.number) }
        #expect(numbers == [1, 2, 3])
    }
}
