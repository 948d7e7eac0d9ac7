import Catalogue
import Files
import Processes
import Tags
import Wire

/// An audio file of a library, with how it should be booked.
struct OwnedFile: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        /// It was not in the catalogue.
        case new
        /// It is the file of a track that was booked under another path, or with other bytes.
        case again
        /// Another file of its track is in the catalogue, and exists.
        case twice
        /// Its name is not UTF-8, so a record cannot hold it.
        case misnamed
        case unreadable
    }

    let kind: Kind
    let id: String?
    /// The path relative to the library.
    let path: String
    var record: Record?
    var message: String?

    var line: String {
        let why = message.map { "  (\($0))" } ?? ""
        return kind.rawValue.padded(to: 10) + "  " + [path, id].compactMap { $0 }.joined(separator: "  ") + why
    }

    var json: JSON {
        var object = JSONObject()
        object["import"] = .string(kind.rawValue)
        object["id"] = id.map(JSON.string)
        object["path"] = .string(path)
        object["message"] = message.map(JSON.string)
        return object.value
    }
}

extension OwnedFile {
    /// What to report for an entry that cannot be read; nil for a file.
    init?(told entry: AudioWalk.Entry) {
        switch entry {
        case .file: return nil
        case .misnamed(let path): self.init(kind: .misnamed, id: nil, path: path, message: AudioWalk.misnamed)
        case .unreadable(let path, let why): self.init(kind: .unreadable, id: nil, path: path, message: why)
        }
    }
}

extension Catalogue {
    /// How a file should be booked; nil if it is booked as it is, or a signal asks to stop. A bare id in its tags
    /// belongs to `catalog`.
    func owned(_ path: String, catalog: String) -> OwnedFile? {
        guard let format = AudioWalk.format(of: path) else { return nil }
        let whole = "\(library)/\(path)"
        do throws(Failure) {
            var known = try track(path: path)
            let status = FileStatus(whole)
            if let known, let status, known.isUntouched(status) { return nil }
            let (bytes, sha256) = try digest(ofFile: whole) { Signals.isEndAsked }
            if let known, known.bytes == bytes, known.sha256 == sha256 { return nil }
            if let booked = known, try isAnothers(whole, format, than: booked.id) { known = nil }
            if let known, let status, !status.isWritten(since: known.booking) {
                throw .permanent("damaged", "not as it was booked, though it was not written since; see segue verify")
            }
            let track = try AudioTags.read(whole, format)
            let id = if let known { known.id } else { try id(of: whole, format, sha256, catalog: catalog) }
            if known == nil, let other = try placed(id: id), try !isAnothers(other.path, other.format, than: id) {
                return OwnedFile(
                    kind: .twice, id: id, path: path, message: "the same track as \(relativePath(other.path))")
            }
            let earlier = try self.track(id: id)
            var record = Record(kind: "track", id: id)
            record["track"] = earlier?.section.flatMap { try? JSON(parsing: Array($0.utf8)) }
            record.edit("track") { track.write(to: &$0) }
            let placed = Placed(
                path: whole, bytes: bytes, sha256: sha256, format: format, duration: track.duration,
                quality: earlier?.quality, wanted: earlier?.wanted)
            record.edit("placed") { placed.write(to: &$0) }
            return OwnedFile(kind: earlier == nil ? .new : .again, id: id, path: path, record: record)
        } catch let error where error == .stopped {
            return nil
        } catch {
            return OwnedFile(kind: .unreadable, id: nil, path: path, message: error.message)
        }
    }

    /// Whether its tags say in full that it is another track's than the one that was booked there: somebody gave it that name.
    private func isAnothers(_ path: String, _ format: Format, than id: String) throws(Failure) -> Bool {
        guard let source = try AudioTags.source(path, format), isFullID(source) else { return false }
        return try !known(Record(kind: "track", id: source)).id.utf8.elementsEqual(id.utf8)
    }

    /// The id in its tags, or one made from its bytes.
    private func id(of path: String, _ format: Format, _ sha256: String, catalog: String) throws(Failure) -> String {
        guard let source = try AudioTags.source(path, format), !source.utf8.contains(0), source.utf8.count <= 1000
        else {
            return Self.importedPrefix + sha256.prefix(32)
        }
        return trackID(source, catalog: catalog)
    }

    private func relativePath(_ path: String) -> String { String(path.dropFirst(library.count + 1)) }
}

/// The full id of a track, given in full or only as its catalog has it.
func trackID(_ text: String, catalog: String) -> String {
    isFullID(text) ? text : "\(catalog):track:\(text)"
}

private func isFullID(_ text: String) -> Bool { text.split(separator: ":", maxSplits: 2).count == 3 }
