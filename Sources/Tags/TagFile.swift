import CTagLib
import Wire

/// An audio file that is open for its tags, under TagLib's common names.
final class TagFile {
    private let handle: OpaquePointer
    private let path: String
    /// The tags that were set to something other than the file has, in order.
    private(set) var changes: [TagChange] = []

    /// Opens a file.
    ///
    /// - Throws: `bad_audio` (`permanent`) for a file without audio of this format.
    convenience init(_ path: String, _ format: Format) throws(Failure) {
        try self.init(tags_open(path, format.container), path, format)
    }

    /// Opens a file that begins with its tags, which are changed aside: the file itself stays as it is.
    ///
    /// The descriptor must stay open as long as this is in use; messages name the file by its path.
    ///
    /// - Throws: `bad_audio` (`permanent`).
    convenience init(aside descriptor: Int32, of path: String, _ format: Format) throws(Failure) {
        try self.init(tags_open_aside(descriptor, format.container), path, format)
    }

    private init(_ handle: OpaquePointer?, _ path: String, _ format: Format) throws(Failure) {
        guard let handle else { throw .permanent("bad_audio", "cannot read \(path) as \(format.rawValue)") }
        (self.handle, self.path) = (handle, path)
    }

    deinit { tags_close(handle) }

    /// The length of the audio in seconds, to the millisecond.
    var duration: Double { Double(tags_duration(handle)) / 1000 }

    /// The values of one property, in order; empty values are left out.
    subscript(name: String) -> [String] {
        get {
            (0..<tags_count(handle, name))
                .compactMap { tags_value(handle, name, $0).map { String(cString: $0) } }
                .filter { !$0.isEmpty }
        }
        set {
            let values = newValue.map(Self.withoutNUL)
            note(name, self[name], values)
            tags_clear(handle, name)
            for value in values { tags_add(handle, name, value) }
        }
    }

    /// A freeform atom of an M4A file, by the name that readers use; nil for other files.
    func atom(_ name: String) -> String? { tags_atom(handle, name).map { String(cString: $0) } }
    func setAtom(_ name: String, _ value: String) {
        let value = Self.withoutNUL(value)
        note(name, [atom(name)].compactMap(\.self), [value])
        tags_set_atom(handle, name, value)
    }

    /// The advisory number of an M4A file: 0 none, 1 explicit, 2 clean.
    var advisory: Int? {
        get { tags_advisory(handle) < 0 ? nil : Int(tags_advisory(handle)) }
        set {
            guard let newValue else { return }
            note("ITUNESADVISORY", [advisory].compactMap(\.self).map { "\($0)" }, ["\(newValue)"])
            tags_set_advisory(handle, Int32(newValue))
        }
    }

    func setLyrics(_ text: String) {
        let text = Self.withoutNUL(text)
        note("LYRICS", self["LYRICS"], [text])
        tags_set_lyrics(handle, text)
    }

    /// Sets timed lyrics, for which only ID3 has a place.
    func setSyncedLyrics(_ lyrics: SyncedLyrics) {
        tags_clear_synced_lyrics(handle)
        for line in lyrics.lines {
            tags_add_synced_lyrics(handle, UInt32(line.milliseconds), Self.withoutNUL(line.text))
        }
        if !tags_has_synced_lyrics(handle) { changes.append(TagChange(name: "SYNCEDLYRICS", from: [], to: [])) }
    }

    var cover: Artwork? {
        get {
            let picture = tags_cover(handle)
            guard let bytes = picture.bytes, let mime = picture.mime else { return nil }
            let content = UnsafeBufferPointer(start: bytes, count: picture.count)
            return Artwork(bytes: Array(content), mime: String(cString: mime))
        }
        set {
            guard let newValue else { return }
            let size = ImageSize(of: newValue.bytes)
            newValue.bytes.withUnsafeBufferPointer { bytes in
                newValue.mime.withCString { mime in
                    tags_set_cover(
                        handle,
                        tags_picture(
                            bytes: bytes.baseAddress, count: bytes.count, mime: mime, width: Int32(size?.width ?? 0),
                            height: Int32(size?.height ?? 0), depth: Int32(size?.depth ?? 0)))
                }
            }
        }
    }

    /// Notes a change; canonically equivalent texts count as different here.
    private func note(_ name: String, _ old: [String], _ new: [String]) {
        if old.map({ Array($0.utf8) }) != new.map({ Array($0.utf8) }) {
            changes.append(TagChange(name: name, from: old, to: new))
        }
    }

    /// A NUL would end the text here, and split it in two in ID3.
    private static func withoutNUL(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: " ") : text
    }

    /// Writes the changes into the file itself.
    ///
    /// - Throws: `write_failed` (`transient`).
    func save() throws(Failure) {
        guard tags_save(handle) else { throw .transient("write_failed", "cannot write tags into \(path)") }
    }

    /// The file with the changes, which was opened aside.
    ///
    /// - Throws: `write_failed` (`transient`).
    func saveAside() throws(Failure) -> TaggedFile {
        try save()
        let saved = tags_saved_aside(handle)
        let beginning = UnsafeBufferPointer(start: saved.bytes, count: saved.count)
        return TaggedFile(beginning: Array(beginning), rest: Int(saved.from)..<Int(saved.to))
    }
}

extension Format {
    fileprivate var container: tags_container {
        switch self {
        case .flac: tags_flac
        case .mp3: tags_mp3
        case .ogg: tags_ogg
        case .opus: tags_opus
        case .m4a: tags_m4a
        case .wav: tags_wav
        }
    }
}

/// A tag that is to be changed, under TagLib's common name.
package struct TagChange: Equatable, Sendable {
    package let name: String
    /// The values that the file has, in its order.
    package let from: [String]
    /// The values to write, in order; both are empty for timed lyrics, which are not text.
    package let to: [String]

    package init(name: String, from: [String], to: [String]) { (self.name, self.from, self.to) = (name, from, to) }
}
