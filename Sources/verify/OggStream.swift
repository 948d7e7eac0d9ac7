import COgg

/// One stream of an Ogg file, as far as its pages were read.
struct OggStream {
    private(set) var hasEnded = false
    private var next: UInt32
    private var position: Int64 = 0
    /// Samples per second, and samples at the start that are not played; nil for streams other than Vorbis and Opus.
    private let rate: Int?
    private let skipped: Int

    /// Starts with the stream's first page.
    init(_ page: inout ogg_page) {
        let head = Array(UnsafeBufferPointer(start: page.body, count: page.body_len).prefix(64))
        next = UInt32(truncatingIfNeeded: ogg_page_pageno(&page))
        if head.starts(with: "OpusHead".utf8), head.count >= 19 {
            (rate, skipped) = (48_000, littleEndian(head[10..<12]))
        } else if head.starts(with: [1] + "vorbis".utf8), head.count >= 16 {
            (rate, skipped) = (littleEndian(head[12..<16]), 0)
        } else {
            (rate, skipped) = (nil, 0)
        }
    }

    /// What is wrong with this page as the stream's next; nil if nothing.
    func flaw(_ page: inout ogg_page) -> String? {
        let number = UInt32(truncatingIfNeeded: ogg_page_pageno(&page))
        if hasEnded { return "a page after the last one of its stream" }
        return number == next ? nil : "page \(number) of a stream in place of page \(next)"
    }

    mutating func take(_ page: inout ogg_page) {
        next &+= 1
        hasEnded = ogg_page_eos(&page) != 0
        // A page on which no packet ends has no position.
        position = max(position, ogg_page_granulepos(&page))
    }

    /// The length in seconds.
    var duration: Double? {
        guard let rate, rate > 0 else { return nil }
        return max(0, Double(position) - Double(skipped)) / Double(rate)
    }
}
