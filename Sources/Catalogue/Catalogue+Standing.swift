import Files
import GRDB
import Wire

extension Catalogue {
    /// The state of the file of a track in the catalogue.
    package enum Standing: Equatable {
        /// As it was booked, judged by its size.
        case there(Placed)
        /// Changed by somebody since, and theirs to change; with its present size but the digest that was booked.
        case edited(Placed)
        /// Of another size, though it was not written since.
        case damaged(Placed)
        /// Not there, or another track's file is there by now.
        case missing(Placed)
    }

    /// The state of a track's file; nil for a track that is not in the catalogue.
    package func standing(id: String) throws(Failure) -> Standing? {
        guard !id.utf8.contains(0) else { return nil }
        let row =
            try read {
                let sql = former == nil ? Self.trackWithHolders : Self.trackAlone
                return try Row.fetchOne(try $0.cachedStatement(sql: sql), arguments: [id])
            } ?? nil
        guard let row else { return nil }
        let (track, file, holders) = try asking {
            try (CataloguedTrack(row: row), CataloguedFile(row: row), row["holders"] as Int?)
        }
        var placed = track.placed(in: library)
        guard let status = FileStatus(placed.path) else { return .missing(placed) }
        let isShared = holders.map { $0 > 1 } ?? !file.isUntouched(status)
        if isShared, try isTaken(file) { return .missing(placed) }
        if status.bytes == placed.bytes { return .there(placed) }
        guard status.isWritten(since: file.booking) else { return .damaged(placed) }
        placed.bytes = status.bytes
        return .edited(placed)
    }

    /// The file of the track with this id, as it was booked or as somebody left it; nil when it is missing or damaged.
    ///
    /// - Throws: what ``Catalogue`` throws; `no_access` or `file_error` when an edited file cannot be read.
    package func placed(id: String) throws(Failure) -> Placed? {
        switch try standing(id: id) {
        case .there(let placed): return placed
        case .edited(var placed):
            (placed.bytes, placed.sha256) = try digest(ofFile: placed.path)
            return placed
        case .damaged, .missing, nil: return nil
        }
    }

    /// A track, and how many have its path; an older catalogue, opened only to read, has no index for that.
    private static let trackWithHolders = """
        SELECT (SELECT count(*) FROM track AS other WHERE other.path = file.path) AS holders, file.*
        FROM (\(CataloguedFile.query) WHERE id = ?) AS file
        """
    private static let trackAlone = "\(CataloguedFile.query) WHERE id = ?"
}
