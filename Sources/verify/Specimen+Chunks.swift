import Wire

extension Specimen {
    /// WAV: chunks that fill the file, one of which is the sound; the sound itself has no checksum.
    func examineChunks() throws(Failure) -> Double? {
        let announced = littleEndian(try bytes(4..<8))
        let isOpen = announced == 0 || announced == unknownLength
        // Some programs do not count all chunks, or a pad byte at the very end.
        guard isOpen || announced <= bytes - 8 else {
            throw damage("its header announces \(announced + 8) bytes, but it has \(bytes)")
        }
        var (position, rate, sound): (Int, Int, Int?) = (12, 0, nil)
        while position < bytes {
            let head = try bytes(position..<position + 20)
            let name = String(decoding: head.prefix(4), as: UTF8.self)
            let length = try chunkLength(head, at: position, isOpen: isOpen && name == "data")
            if name == "fmt ", head.count == 20 { rate = littleEndian(head[16..<20]) }
            if name == "data" { sound = (sound ?? 0) + length }
            position += 8 + length + length % 2
        }
        guard let sound else { throw damage("it has no sound") }
        return rate > 0 ? Double(sound) / Double(rate) : nil
    }

    private func chunkLength(_ head: [UInt8], at position: Int, isOpen: Bool) throws(Failure) -> Int {
        let (length, left) = (littleEndian(head.dropFirst(4).prefix(4)), bytes - position - 8)
        guard head.count >= 8, head.prefix(4).allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw damage("\(bytes - position) bytes at \(position) of \(bytes) are not a chunk")
        }
        // A program that wrote into a pipe did not know the length.
        if isOpen, length == 0 || length == unknownLength { return left }
        guard length <= left else {
            throw damage("the chunk at \(position) of \(bytes) bytes is \(length - left) bytes short")
        }
        return length
    }
}

private let unknownLength = 0xFFFF_FFFF
