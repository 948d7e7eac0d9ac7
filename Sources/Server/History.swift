import NIOCore

/// The latest numbered events as encoded frames, up to a total size.
struct History {
    /// Consecutive frames in one buffer.
    struct Chunk {
        let first: Int
        var last: Int { first + ends.count - 1 }
        private(set) var buffer = ByteBuffer()
        /// The offset at which each frame ends, in bytes.
        private(set) var ends: [Int32] = []

        init(first: Int) { self.first = first }

        mutating func append(_ text: [UInt8], _ frames: Frames) {
            frames.append(text, to: &buffer)
            ends.append(Int32(buffer.writerIndex))
        }

        /// The frames from the event with this number on.
        func frames(from number: Int) -> ByteBuffer {
            let start = number > first ? Int(ends[number - first - 1]) : 0
            return buffer.getSlice(at: start, length: buffer.writerIndex - start) ?? ByteBuffer()
        }
    }

    private var chunks: [Chunk] = []
    /// How many chunks at the start of the list were dropped.
    private var gone = 0
    private var bytes = 0
    private let limit: Int
    /// The number of the newest event.
    private(set) var last: Int

    private static let chunkBytes = 65_536

    init(last: Int, limit: Int) { (self.last, self.limit) = (last, limit) }

    /// The number of the oldest event that is kept, or of the next one.
    var first: Int { gone < chunks.count ? chunks[gone].first : last + 1 }

    mutating func append(_ texts: [[UInt8]], _ frames: Frames) {
        var chunk = Chunk(first: last + 1)
        for text in texts {
            chunk.append(text, frames)
            if chunk.buffer.writerIndex >= Self.chunkBytes { keep(&chunk) }
        }
        if !chunk.ends.isEmpty { keep(&chunk) }
    }

    private mutating func keep(_ chunk: inout Chunk) {
        chunks.append(chunk)
        last = chunk.last
        bytes += chunk.buffer.writerIndex
        chunk = Chunk(first: last + 1)
        while bytes > limit, gone < chunks.count - 1 {
            bytes -= chunks[gone].buffer.writerIndex
            chunks[gone] = Chunk(first: 0)
            gone += 1
        }
        if gone > 1000 { (chunks, gone) = (Array(chunks[gone...]), 0) }
    }

    /// Frames from the event with a number on, and the number after them; nil at the end.
    func frames(from number: Int) -> (frames: ByteBuffer, next: Int)? {
        guard number <= last else { return nil }
        var (low, high) = (gone, chunks.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if chunks[middle].first <= number { low = middle } else { high = middle - 1 }
        }
        return (chunks[low].frames(from: number), chunks[low].last + 1)
    }
}
