import Episodes
import GRDB
import Wire

extension Catalogue {
    /// The record under the id that the library knows it by: its own, or the one that an alias leads to.
    package func known(_ record: Wire.Record) throws(Failure) -> Wire.Record {
        guard !record.id.utf8.contains(0) else { return record }
        let id = try read { try Acquaintance($0, former).id(of: record) } ?? nil
        return id.map { record.known(as: $0) } ?? record
    }

    /// The state of the file of a record's track, and the id that it was found under; nil if the library does not have it.
    package func standing(of record: Wire.Record) throws(Failure) -> (id: String, standing: Standing?) {
        if let standing = try standing(id: record.id) { return (record.id, standing) }
        let id = try known(record).id
        return (id, id.utf8.elementsEqual(record.id.utf8) ? nil : try standing(id: id))
    }
}

extension Change {
    /// The record under the id that the catalogue knows it by; its aliases are stored.
    package func recognised(_ told: Wire.Record) throws(Failure) -> Wire.Record {
        let id = try asking { try Acquaintance(database, nil).id(of: told) }
        let record = id.map { told.known(as: $0) } ?? told
        let aliases = record.aliases
        guard !aliases.isEmpty else { return record }
        for alias in aliases where !FormerID.isOne(alias) && !alias.utf8.contains(0) {
            try execute(
                "INSERT OR IGNORE INTO alias (id, track) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM track WHERE id = ?1)",
                [alias, record.id])
        }
        // An alias of an earlier version leads to its track only once.
        try execute(
            "DELETE FROM alias WHERE track = ?1 AND id BETWEEN ?2 AND ?3",
            [record.id, FormerID.prefix, FormerID.prefix + "\u{10FFFF}"])
        return record
    }
}

/// Finds the id that a record is known by.
struct Acquaintance {
    private let database: Database
    /// Stands in for the table of aliases in a database that does not have it yet.
    private let former: Owners<String>?

    init(_ database: Database, _ former: Owners<String>?) throws {
        self.database = database
        // Another process may have created the table since.
        self.former = try former != nil && Schema.hasAliases(database) ? nil : former
    }

    /// Nil for a record that is new.
    func id(of record: Wire.Record) throws -> String? {
        let aliases = record.aliases
        guard !aliases.isEmpty else { return try track(alias: record.id) }
        if let id = try id(record.id) { return id }
        for alias in aliases {
            if FormerID.isOne(alias) {
                if let id = try former?.owner(of: alias) ?? track(alias: alias) { return id }
            } else if let id = try id(alias) {
                return id
            }
        }
        return nil
    }

    private func id(_ id: String) throws -> String? {
        let known = ["track", "failure"] + (former == nil ? ["trashed"] : [])
        for table in known {
            let sql = "SELECT 1 FROM \(table) WHERE id = ? LIMIT 1"
            if try Row.fetchOne(database.cachedStatement(sql: sql), arguments: [id]) != nil { return id }
        }
        return try track(alias: id)
    }

    private func track(alias: String) throws -> String? {
        guard former == nil else { return nil }
        let statement = try database.cachedStatement(sql: "SELECT track FROM alias WHERE id = ?")
        return try String.fetchOne(statement, arguments: [alias])
    }
}

extension Owners<String> {
    /// The keys, from links and metadata, that find episodes booked before episodes had ids of their own.
    init(booked database: Database) throws {
        self.init()
        for sql in [Self.tracks, Self.failures] {
            let rows = try Row.fetchCursor(database, sql: sql)
            while let row = try rows.next() {
                let (id, link): (String, String?) = try (row[0], row[4])
                let links = [id] + (link.map(FormerID.links) ?? []).filter { $0 != id }
                try add(FormerID.ids(in: row[1], links: links, title: row[2], day: row[3]), of: id)
            }
        }
    }

    private static let isEpisode = """
        BETWEEN 'url:track:' AND 'url:track;' AND collection BETWEEN 'file:playlist:' AND 'file:playlist;'
        """

    private static let tracks = """
        SELECT track.id, collection, title, \(text("section", "release_date")), NULL
        FROM member JOIN track ON track.id = member.track WHERE track.id \(isEpisode)
        """

    private static let failures = """
        SELECT failure.id, collection, \(text("record", "track.title")), \(text("record", "track.release_date")),
            \(text("record", "ref"))
        FROM member JOIN failure ON failure.id = member.track AND failure.solved_at IS NULL
        WHERE failure.id \(isEpisode) AND failure.id NOT IN (SELECT id FROM track)
        """

    private static func text(_ column: String, _ path: String) -> String {
        "iif(json_valid(\(column)), CAST(json_extract(\(column), '$.\(path)') AS TEXT), NULL)"
    }
}
