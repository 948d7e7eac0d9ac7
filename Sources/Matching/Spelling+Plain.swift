extension Spelling {
    /// The key of a name in ASCII, found byte by byte, as that of most names can be; nil where some sign or word means more than
    /// itself.
    static func plainKey(_ text: String) -> String? {
        var (key, word): ([UInt8], [UInt8]) = ([], [])
        let bytes = Array(text.utf8) + [0x20]
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x30...0x39, 0x61...0x7A: word.append(byte)
            case 0x41...0x5A: word.append(byte | 0x20)
            case 0x20 where word.isEmpty: continue
            case 0x20,
                _ where gaps.contains(byte):
                // Rock n roll.
                if word == [0x6E] { return nil }
                guard let first = word.first else { continue }
                // 9 9 is not 99.
                if let last = key.last, last <= 0x39, first <= 0x39 { key.append(0x20) }
                key += word
                word.removeAll(keepingCapacity: true)
            case UInt8(ascii: "'") where bytes[index + 1] | 0x20 != 0x6E: continue
            default: return nil
            }
        }
        return key.isEmpty ? nil : String(decoding: key, as: UTF8.self)
    }

    /// Signs that only separate words.
    private static let gaps = Set("()[].:;/?\"-_*".utf8)
}
