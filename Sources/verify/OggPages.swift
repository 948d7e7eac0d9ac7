import COgg
import Wire

/// The pages of an Ogg file, each with its own CRC, in streams that number them.
final class OggPages {
    private let specimen: Specimen
    /// The streams by their serial numbers; a chain may reuse a number once its stream has ended.
    private var streams: [Int32: OggStream] = [:]
    /// Seconds of sound in streams whose numbers were reused.
    private var before = 0.0
    private var position = 0

    init(_ specimen: Specimen) { self.specimen = specimen }

    /// The length in seconds; nil when no stream says its rate.
    func examine() throws(Failure) -> Double? {
        var sync = ogg_sync_state()
        ogg_sync_init(&sync)
        defer { ogg_sync_clear(&sync) }
        var read = 0
        while case let count = try fill(&sync, at: read), count > 0 {
            read += count
            try takePages(&sync)
        }
        try checkEnd(read)
        let durations = streams.values.compactMap(\.duration)
        return durations.isEmpty ? nil : before + durations.reduce(0, +)
    }

    private func fill(_ sync: inout ogg_sync_state, at offset: Int) throws(Failure) -> Int {
        guard let room = ogg_sync_buffer(&sync, 262_144) else { throw .transient("no_memory", "libogg has no memory") }
        let count = try specimen.read(UnsafeMutableRawBufferPointer(start: room, count: 262_144), at: offset)
        ogg_sync_wrote(&sync, count)
        return count
    }

    /// Takes all complete pages.
    private func takePages(_ sync: inout ogg_sync_state) throws(Failure) {
        var page = ogg_page()
        while case let length = ogg_sync_pageseek(&sync, &page), length != 0 {
            guard length > 0 else {
                throw specimen.damage(
                    try beginsPage() ? "the page at \(place) has a wrong CRC" : "no page is at \(place)")
            }
            try take(&page)
            position += length
        }
    }

    private func take(_ page: inout ogg_page) throws(Failure) {
        let serial = ogg_page_serialno(&page)
        if ogg_page_bos(&page) != 0 {
            if let old = streams[serial] {
                guard old.hasEnded else {
                    throw specimen.damage("a stream begins again at \(place) before it has ended")
                }
                before += old.duration ?? 0
            }
            streams[serial] = OggStream(&page)
        }
        guard let flaw = streams[serial].map({ $0.flaw(&page) }) ?? "a page of an unknown stream" else {
            streams[serial]?.take(&page)
            return
        }
        throw specimen.damage("\(flaw) is at \(place)")
    }

    private func checkEnd(_ read: Int) throws(Failure) {
        guard position == read else {
            throw specimen.damage(try beginsPage() ? "the page at \(place) is cut" : "no page is at \(place)")
        }
        guard streams.values.allSatisfy(\.hasEnded) else {
            throw specimen.damage("it ends without the last page of a stream")
        }
    }

    private var place: String { "\(position) of \(specimen.bytes) bytes" }

    private func beginsPage() throws(Failure) -> Bool {
        try specimen.bytes(position..<position + 4).elementsEqual("OggS".utf8)
    }
}
