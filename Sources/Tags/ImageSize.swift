/// The pixels of a JPEG or a PNG, and the bits of each, from its header.
struct ImageSize: Equatable {
    let width: Int
    let height: Int
    let depth: Int

    /// Nil for any other picture, or a truncated header.
    init?(of bytes: [UInt8]) {
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { self.init(png: bytes) } else { self.init(jpeg: bytes) }
    }

    private init?(png bytes: [UInt8]) {
        guard bytes.count >= 26 else { return nil }
        let samples = [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][Int(bytes[25])] ?? 0
        self.init(
            width: bytes.number(at: 18, bytes: 2), height: bytes.number(at: 22, bytes: 2),
            depth: Int(bytes[24]) * samples)
    }

    /// Walks the segments up to the frame header, the first of SOF0 to SOF15.
    private init?(jpeg bytes: [UInt8]) {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var at = 2
        while at + 10 <= bytes.count, bytes[at] == 0xFF {
            switch bytes[at + 1] {
            case 0xFF: at += 1
            case 0xC4, 0xC8, 0xCC, 0xD0...0xFE, 0x01...0xBF: at += 2 + bytes.number(at: at + 2, bytes: 2)
            default:
                self.init(
                    width: bytes.number(at: at + 7, bytes: 2), height: bytes.number(at: at + 5, bytes: 2),
                    depth: Int(bytes[at + 4]) * Int(bytes[at + 9]))
                return
            }
        }
        return nil
    }

    private init(width: Int, height: Int, depth: Int) {
        (self.width, self.height, self.depth) = (width, height, depth)
    }
}

extension [UInt8] {
    /// The big-endian number in some bytes at an offset.
    fileprivate func number(at offset: Int, bytes: Int) -> Int {
        self[offset..<offset + bytes].reduce(0) { $0 << 8 | Int($1) }
    }
}
