import Wire

extension Specimen {
    /// The offset at which the sound ends: before the tags after it, ID3, APE and Lyrics3, in any order.
    func soundEnd() throws(Failure) -> Int {
        var end = bytes
        while let length = tagLength(behind: try bytes(end - 5200..<end)), length > 0, length <= end {
            end -= length
        }
        return end
    }
}

/// The length in bytes of the tag that ends where these bytes end; nil if there is none.
func tagLength(behind tail: [UInt8]) -> Int? {
    func text(_ text: String, _ distance: Int) -> Bool { tail.suffix(distance).starts(with: text.utf8) }
    if text("TAG", 128) { return text("TAG+", 128 + 227) ? 128 + 227 : 128 }
    if text("APETAGEX", 32) {
        let hasHeader = number(tail.suffix(9).prefix(1)) & 0x80 != 0
        return littleEndian(tail.suffix(20).prefix(4)) + (hasHeader ? 32 : 0)
    }
    if text("3DI", 10) { return tail.suffix(4).reduce(0) { $0 << 7 | Int($1 & 0x7F) } + 20 }
    if text("LYRICS200", 9) { return Int(String(decoding: tail.suffix(15).prefix(6), as: UTF8.self)).map { $0 + 15 } }
    guard text("LYRICSEND", 9) else { return nil }
    let start = tail.indices.last { tail[$0...].starts(with: "LYRICSBEGIN".utf8) }
    return start.map { tail.count - $0 }
}

/// The length in bytes of the tag that begins with these; nil if there is none.
func tagLength(from head: [UInt8]) -> Int? {
    if head.starts(with: "TAG".utf8) { return 128 }
    guard head.starts(with: "ID3".utf8), head.count == 10, head[6...].allSatisfy({ $0 < 0x80 }) else { return nil }
    return head[6...].reduce(0) { $0 << 7 | Int($1) } + (head[5] & 0x10 == 0 ? 10 : 20)
}

/// Big-endian.
func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
func littleEndian(_ bytes: some BidirectionalCollection<UInt8>) -> Int { number(bytes.reversed()) }
