import CCSV
import Wire

/// A table whose first row names its columns, as in exports of playlists.
final class CSVParser: ListParser {
    let header = ListHeader()
    private var parser = csv_parser()
    private let wanted: [String: String]
    private var isBegun = false
    /// What each column holds, in order; nil until the first row was read.
    private var fields: [Field?]?
    private var row: [String] = []
    private var size = 0
    private var number = 0
    private var found: [ListEntry] = []
    private var failure: Failure?
    private var dates = DateReader()

    var remarks: [String] { dates.remarks }

    enum Field: String, CaseIterable {
        case location, title, artist, album, isrc, recording, duration, milliseconds, track, disc, date, artwork,
            comment

        /// The names that exports use for it, in lower case.
        var names: [String] {
            switch self {
            case .location: ["url", "link", "location", "file", "path", "media url", "enclosure"]
            case .title: ["title", "track name", "track title", "name", "song", "track"]
            case .artist: ["artist", "artist name(s)", "artist name", "artists", "track artist", "creator"]
            case .album: ["album", "album name", "album title", "release"]
            case .isrc: ["isrc"]
            case .recording: ["recording_mbid", "recording mbid", "musicbrainz recording id", "musicbrainz_trackid"]
            case .duration: ["duration", "duration (s)", "length", "seconds"]
            case .milliseconds: ["duration (ms)", "track duration (ms)", "duration_ms"]
            case .track: ["track number", "tracknumber", "track_number", "position on album"]
            case .disc: ["disc number", "discnumber", "disc_number"]
            case .date: ["release date", "album release date", "date", "year"]
            case .artwork: ["artwork", "cover", "image", "album image url", "artwork url"]
            case .comment: ["comment", "note", "description"]
            }
        }
    }

    init(columns: [String: String]) {
        wanted = columns
        csv_init(&parser, UInt8(CSV_APPEND_NULL))
    }

    deinit { csv_free(&parser) }

    func read(_ bytes: [UInt8], _ entries: inout [ListEntry]) throws(Failure) {
        if !isBegun { begin(bytes) }
        let context = Unmanaged.passUnretained(self).toOpaque()
        let count = csv_parse(&parser, bytes, bytes.count, fieldEnds, rowEnds, context)
        if csv_error(&parser) == CSV_ENOMEM { throw .noMemory("CSV: row \(number + 1)") }
        try hand(&entries)
        guard count == bytes.count else { throw badList("CSV", number + 1, "it cannot be read") }
        guard size <= maximumTextBytes, csv_get_buffer_size(&parser) <= 2 * maximumTextBytes else {
            throw badList("CSV", number + 1, "it is too long")
        }
    }

    func finish(_ entries: inout [ListEntry]) throws(Failure) {
        csv_set_opts(&parser, UInt8(CSV_APPEND_NULL | CSV_STRICT | CSV_STRICT_FINI))
        let isWhole = csv_fini(&parser, fieldEnds, rowEnds, Unmanaged.passUnretained(self).toOpaque()) == 0
        if csv_error(&parser) == CSV_ENOMEM { throw .noMemory("CSV: row \(number + 1)") }
        try hand(&entries)
        guard isWhole else { throw badList("CSV", number + 1, "a quotation mark is not closed") }
    }

    private func hand(_ entries: inout [ListEntry]) throws(Failure) {
        if let failure { throw failure }
        entries += found
        found = []
    }

    /// Finds the separator: the one between the names of the columns separates all fields.
    private func begin(_ bytes: [UInt8]) {
        isBegun = true
        let head = bytes.prefix { $0 != 10 && $0 != 13 }
        let delimiters = [UInt8(ascii: ","), UInt8(ascii: ";"), 9]
        let counts = delimiters.map { delimiter in head.count { $0 == delimiter } }
        if let most = counts.indices.max(by: { counts[$0] < counts[$1] }) { csv_set_delim(&parser, delimiters[most]) }
    }

    fileprivate func add(field: UnsafeBufferPointer<UInt8>) {
        size += field.count + 1
        if size <= maximumTextBytes { row.append(String(decoding: field, as: UTF8.self).trimmingSpace) }
    }

    fileprivate func takeRow() {
        number += 1
        defer { (row, size) = ([], 0) }
        guard failure == nil else { return }
        guard size <= maximumTextBytes else {
            failure = badList("CSV", number, "it is too long")
            return
        }
        guard row.contains(where: { !$0.isEmpty }) else { return }
        if let fields { found.append(entry(fields)) } else { takeHeader() }
    }

    private func takeHeader() {
        let names = row.map { $0.lowercased() }
        var fields = [Field?](repeating: nil, count: names.count)
        for field in Field.allCases {
            let candidates = wanted[field.rawValue].map { [$0.lowercased()] } ?? field.names
            guard let index = candidates.lazy.compactMap({ names.firstIndex(of: $0) }).first else { continue }
            if fields[index] == nil { fields[index] = field }
        }
        guard [.location, .isrc, .recording, .title].contains(where: { fields.contains($0) }) else {
            failure = .permanent(
                "bad_columns",
                "CSV: none of its columns (\(row.joined(separator: ", ").prefix(200))) is known; try --columns title=NAME,artist=NAME"
            )
            return
        }
        self.fields = fields
    }

    private func entry(_ fields: [Field?]) -> ListEntry {
        var entry = ListEntry()
        for (field, text) in zip(fields, row) {
            guard let field, !text.isEmpty else { continue }
            set(field, text, &entry)
        }
        return entry
    }

    private func set(_ field: Field, _ text: String, _ entry: inout ListEntry) {
        switch field {
        case .location: entry.location = text
        case .title: entry.title = text
        case .artist: entry.artist = text
        case .album: entry.album = text
        case .isrc: entry.isrc = ISRC.folded(text)
        case .recording: entry.recordingID = MusicBrainz.id(text)
        case .duration: entry.duration = seconds(text)
        case .milliseconds: entry.duration = seconds(text).map { $0 / 1000 }
        case .track: entry.trackNumber = Int(text)
        case .disc: entry.discNumber = Int(text)
        case .date: entry.releaseDate = dates.read(text)?.text
        case .artwork: entry.artworkURL = text
        case .comment: entry.comment = text
        }
    }
}

/// The seconds in `231`, `3:51` or `1:03:51`; nil for anything else.
func seconds(_ text: String) -> Double? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
    guard (1...3).contains(parts.count), !parts.contains(nil) else { return nil }
    let sum = parts.compactMap(\.self).reduce(0) { $0 * 60 + $1 }
    return sum > 0 && sum.isFinite ? sum : nil
}

private func parser(_ context: UnsafeMutableRawPointer?) -> CSVParser? {
    context.map { Unmanaged<CSVParser>.fromOpaque($0).takeUnretainedValue() }
}

private func fieldEnds(_ text: UnsafeMutableRawPointer?, _ count: Int, _ context: UnsafeMutableRawPointer?) {
    let start = text.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
    parser(context)?.add(field: UnsafeBufferPointer(start: start, count: start == nil ? 0 : count))
}

private func rowEnds(_ end: Int32, _ context: UnsafeMutableRawPointer?) { parser(context)?.takeRow() }
