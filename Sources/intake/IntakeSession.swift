import Files
import Glibc
import StageKit
import Wire

/// Takes in one folder, archive or audio file after another.
struct IntakeSession {
    /// Absolute.
    let spool: String
    let limits: UnpackLimits
    /// iconv's name for the encoding of names in archives that are not UTF-8.
    let charset: String
    /// What need not be taken in, if a library was named.
    let owned: OwnedTracks?
    let channels: Channels

    func answer(_ record: Record) throws(Failure) -> StageAnswer {
        guard let path = try record.ref.flatMap(FolderPath.path) else { return .unchanged }
        if record.kind == "request" { return .record(try expand(record, path)) }
        // What the spool or its folder lost is taken in again.
        guard record["file"] == nil else { return .unchanged }
        if let placed = try record.placed, FileStatus(placed.path)?.bytes == placed.bytes { return .unchanged }
        return .record(try restore(record, path))
    }

    /// Emits the tracks of what is at the path, album by album, and returns the `done`.
    private func expand(_ request: Record, _ path: String) throws(Failure) -> Record {
        let haul = try gathered(request, path)
        defer { haul.discard() }
        var count = 0
        for piece in haul.inOrder {
            count += 1
            channels.emit(try child(piece, of: haul, in: request, at: count))
            if channels.isStopping { throw .stopped }
        }
        for flaw in haul.flaws {
            count += 1
            let reference = FolderPath.reference(flaw.path)
            let record = Record(
                request: reference, id: FolderPath.id(flaw.path), parent: request.id, seq: count)
            channels.tell(flaw.failure, of: reference)
            channels.emit(.error(flaw.failure, stage: "intake", record: record))
        }
        tell(haul, path)
        var done = Record.done(request, n: count, total: nil, collection: haul.summary(of: path))
        if !haul.left.isEmpty { done["left"] = .strings(Array(haul.left.prefix(Self.mostNamed))) }
        return done
    }

    /// The names in `left`, at most.
    private static let mostNamed = 100

    /// The track of a record whose file is gone, with its file.
    private func restore(_ record: Record, _ path: String) throws(Failure) -> Record {
        let haul = try gathered(record, path)
        defer { haul.discard() }
        guard let piece = haul.inOrder.first(where: { $0.id.utf8.elementsEqual(record.id.utf8) }) else {
            throw .permanent("no_file", "\(path) no longer holds the bytes of \(record.id); take it in anew")
        }
        var answer = record
        try give(piece, of: haul, to: &answer)
        return answer
    }

    private func gathered(_ record: Record, _ path: String) throws(Failure) -> Haul {
        let stem = SpoolName(of: record).stem
        let gathering = Gathering(
            id: record.id, temporary: "\(spool)/\(stem)", limits: limits, charset: charset, channels: channels)
        do throws(Failure) {
            try gathering.gather(path)
        } catch {
            gathering.haul.discard()
            throw error
        }
        return gathering.haul
    }

    private func child(_ piece: Piece, of haul: Haul, in request: Record, at seq: Int) throws(Failure) -> Record {
        var record = Record(kind: "track", id: piece.id, parent: request.id, seq: seq)
        record["ref"] = .string(FolderPath.reference(piece.source))
        record.edit("track") { piece.track.write(to: &$0) }
        if let placed = try owned?.placed(record, piece) {
            record.edit("placed") { placed.write(to: &$0) }
            channels.note("\(piece.name) is in the library, as \(placed.path)")
            return .skip(record, why: "in the library")
        }
        try give(piece, of: haul, to: &record)
        return record
    }

    /// Adds the file to a record, and the cover beside it; spooled ones get the record's own names.
    private func give(_ piece: Piece, of haul: Haul, to record: inout Record) throws(Failure) {
        let name = SpoolName(of: record)
        var path = piece.path
        if piece.isSpooled {
            path = name.path(.media, in: spool)
            guard rename(piece.path, path) == 0 else { throw fileFailure("cannot rename \(piece.path) to \(path)") }
        }
        let cover = try haul.cover(of: piece).map { picture throws(Failure) in
            var artwork = picture.artwork
            if picture.isSpooled {
                artwork.path = name.path(.artwork, in: spool)
                try copy(picture.artwork.path, to: artwork.path)
            }
            return artwork
        }
        let media = Media(url: FolderPath.link(piece.source), format: piece.format)
        record.edit("media") { media.write(to: &$0) }
        record.edit("file") { section in
            section["path"] = .string(path)
            section["bytes"] = .integer(piece.bytes)
            section["sha256"] = .string(piece.sha256)
            section["artwork"] = cover?.value
        }
    }

    /// Gives a picture that several tracks share another name in the spool.
    private func copy(_ picture: String, to own: String) throws(Failure) {
        unlink(own)
        if link(picture, own) == 0 { return }
        let part = try PartialFile(at: own + ".part", keeping: false)
        do throws(Failure) {
            try part.copy(from: picture) { channels.mustDrop }
            try part.giveName(own)
        } catch {
            part.discard()
            throw error
        }
    }

    private func tell(_ haul: Haul, _ path: String) {
        guard !haul.left.isEmpty else { return }
        let named = haul.left.prefix(5).joined(separator: ", ")
        let more = haul.left.count > 5 ? " and \(haul.left.count - 5) more" : ""
        channels.note("\(path): not taken in: \(named)\(more)")
    }
}

extension SpooledFile.Artwork {
    fileprivate var value: JSON {
        var object = JSONObject()
        object["path"] = .string(path)
        object["bytes"] = .integer(bytes)
        object["sha256"] = .string(sha256)
        object["mime"] = .string(mime)
        return object.value
    }
}
