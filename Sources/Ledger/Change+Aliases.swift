import Episodes
import Files
import Foundation
import GRDB
import Wire

extension Change {
    /// The number of the item with this id, or with this alias.
    func item(knownAs id: String) throws -> Int64? {
        if let known = try row("SELECT number FROM item WHERE id = ?", [storable(id)]) { return try known[0] }
        return try item(alias: id)
    }

    private func item(alias: String) throws -> Int64? {
        try row("SELECT item FROM alias WHERE id = ?", [storable(alias)])?[0]
    }

    /// The record under the id of its item, with the item's number; the number is nil if the item is new.
    func recognised(_ told: Record) throws -> (record: Record, item: Int64?) {
        if let known = try row("SELECT number FROM item WHERE id = ?", [storable(told.id)]) {
            return try (told, known[0])
        }
        var number = try item(alias: told.id)
        var rest = (number == nil ? told.aliases : [])[...]
        while number == nil, let alias = rest.popFirst() {
            number = try FormerID.isOne(alias) ? item(alias: alias) : item(knownAs: alias)
        }
        return try number.map { try recognised(told, as: $0) } ?? (told, nil)
    }

    /// A record under the id of an item that it is known to be.
    func recognised(_ told: Record, as number: Int64) throws -> (record: Record, item: Int64?) {
        guard let id: String = try row("SELECT id FROM item WHERE number = ?", [number])?[0] else { return (told, nil) }
        return (told.known(as: id), number)
    }

    /// Stores the aliases of an item, and returns whether any of them is new.
    @discardableResult
    func keep(aliasesOf record: Record, _ item: Int64) throws -> Bool {
        let (aliases, before) = (record.aliases, database.totalChangesCount)
        guard !aliases.isEmpty else { return false }
        for alias in aliases where !FormerID.isOne(alias) {
            try execute(
                """
                INSERT OR IGNORE INTO alias (id, item) SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM item WHERE id = ?1)
                """, [storable(alias), item])
        }
        // An alias of an earlier version leads to its item only once.
        try execute(
            "DELETE FROM alias WHERE item = ?1 AND id BETWEEN ?2 AND ?3",
            [item, FormerID.prefix, FormerID.prefix + "\u{10FFFF}"])
        return database.totalChangesCount > before
    }
}

extension Owners<Int64> {
    /// The keys, from links and metadata, that find episodes added before episodes had ids of their own.
    init(added database: Database) throws {
        self.init()
        let rows = try Row.fetchCursor(database, sql: Self.episodes)
        while let row = try rows.next() {
            let line: Data = try row[3] ?? Data()
            guard let record = try? Record(line: Array(line)) else { continue }
            let told = record.carried ?? record
            let (track, id, link) = try ((try? told.track) ?? nil, row[1] as String, (try? told.ref) ?? nil)
            let links = [id] + (link.map(FormerID.links) ?? []).filter { $0 != id }
            try add(FormerID.ids(in: row[2], links: links, title: track?.title, day: track?.releaseDate), of: row[0])
        }
    }

    private static let episodes = """
        SELECT DISTINCT item.number, item.id, collection.id, ifnull(item.resume, item.line)
        FROM item JOIN membership ON membership.item = item.number
        JOIN item AS collection ON collection.number = membership.collection
        WHERE item.id BETWEEN 'url:track:' AND 'url:track;'
            AND collection.id BETWEEN 'file:playlist:' AND 'file:playlist;'
        """
}
