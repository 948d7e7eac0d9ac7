import Wire

extension Magic {
    /// Bytes at the beginning of a file that are searched for MP3.
    package static let mpegBytes = 65_536
    /// Bytes of arbitrary data that players skip.
    private static let mostJunk = 1024

    /// Whether MP3 begins within these bytes: after zeros, an APE tag, the header of a RIFF file, or a little arbitrary
    /// data.
    package static func hasMPEG(_ bytes: [UInt8]) -> Bool {
        guard let start = mpegStart(bytes) else { return false }
        if bytes[start...].starts(with: "ID3".utf8) { return true }
        return (start..<min(bytes.count, start + mostJunk)).contains { place in
            var next = place
            // Junk may contain one header by chance; not three, each where the one before it says.
            for _ in 0..<3 {
                guard let length = frameBytes(bytes[min(next, bytes.count)...]) else { return false }
                next += length
            }
            return true
        }
    }

    /// The offset at which a known prefix of MP3 ends; nil for a file of another kind.
    private static func mpegStart(_ bytes: [UInt8]) -> Int? {
        let start = bytes.firstIndex { $0 != 0 } ?? bytes.count
        let rest = bytes[start...]
        if rest.starts(with: "APETAGEX".utf8), rest.count >= 32 {
            let size = rest.dropFirst(12).prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            return min(start + 32 + size, bytes.count)
        }
        guard let format = format(of: rest) else { return start }
        // In RIFF only where its own header says so.
        guard format == .wav, rest.dropFirst(12).starts(with: "fmt ".utf8), rest.dropFirst(20).first == 0x55 else {
            return format == .mp3 ? start : nil
        }
        return rest.firstRange(of: Array("data".utf8)).map { min($0.upperBound + 4, bytes.count) }
    }

    /// The length in bytes of the MP3 frame that these bytes begin; nil when they begin none.
    private static func frameBytes(_ bytes: ArraySlice<UInt8>) -> Int? {
        let head = Array(bytes.prefix(4))
        guard head.count == 4, head[0] == 0xFF, head[1] & 0xE6 == 0xE2, head[1] & 0x18 != 0x08 else { return nil }
        let (rate, sampling, version) = (Int(head[2] >> 4), Int(head[2] >> 2 & 3), head[1] >> 3 & 3)
        guard (1...14).contains(rate), sampling < 3 else { return nil }
        let isFirst = version == 3
        let rates =
            isFirst
            ? [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320]
            : [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160]
        let samples = [44_100, 48_000, 32_000][sampling] / (isFirst ? 1 : version == 2 ? 2 : 4)
        return (isFirst ? 144_000 : 72_000) * rates[rate - 1] / samples + Int(head[2] >> 1 & 1)
    }
}
