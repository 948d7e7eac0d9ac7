import Episodes
import GRDB

/// The tables and how they came to be: a migration that was released is never edited, the next one follows it.
enum Schema {
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("tracks, collections, their members, and failures") { try $0.execute(sql: first) }
        migrator.registerMigration("imported files, ids that are owned elsewhere, and playlists with a folder") {
            try $0.execute(sql: second)
        }
        migrator.registerMigration("what was wished for where another quality was taken") {
            try $0.execute(sql: "ALTER TABLE track ADD COLUMN wanted TEXT")
        }
        migrator.registerMigration("when files had been written, and covers that are still to come") {
            try $0.execute(sql: fourth)
        }
        migrator.registerMigration("what left a list that is mirrored, and what is in the trash") {
            try $0.execute(sql: fifth)
        }
        migrator.registerMigration(keys, migrate: Recording.keepKeys)
        migrator.registerMigration(aliases) { database in
            try database.execute(sql: seventh)
            let insert = try database.makeStatement(sql: "INSERT INTO alias (id, track) VALUES (?, ?)")
            for (id, track) in try Owners(booked: database).all { try insert.execute(arguments: [id, track]) }
        }
        migrator.registerMigration("the same recording from several sources is found") { database in
            try database.execute(sql: eighth)
            try Recording.keepAll(database)
        }
        return migrator
    }()

    /// Older versions computed `match_key` differently.
    private static let keys = "imported files are found by their title without guests and edition"

    /// Whether the keys of imported files are of the present form; a catalogue opened only to read may be older.
    static func hasKeys(_ database: Database) throws -> Bool {
        try migrator.appliedIdentifiers(database).contains(keys)
    }

    private static let aliases = "what else tracks are known by"

    /// Whether there is a table of aliases; a catalogue opened only to read may be older.
    static func hasAliases(_ database: Database) throws -> Bool {
        try migrator.appliedIdentifiers(database).contains(aliases)
    }

    private static let first = """
        CREATE TABLE track (
            id            TEXT NOT NULL PRIMARY KEY,
            path          TEXT NOT NULL CHECK (path <> '' AND path NOT LIKE '/%'),  -- from the library's folder
            bytes         INTEGER NOT NULL CHECK (bytes >= 0),
            sha256        TEXT NOT NULL,
            format        TEXT NOT NULL,
            quality       TEXT,
            duration_s    REAL,
            title         TEXT,
            artist        TEXT,
            album         TEXT,
            source_sha256 TEXT,           -- of the bytes that were tagged
            section       TEXT,           -- JSON: all that was known of the recording
            recorded_at   TEXT NOT NULL
        ) STRICT;

        CREATE TABLE collection (
            id              TEXT NOT NULL PRIMARY KEY,
            type            TEXT NOT NULL,
            title           TEXT,
            creator         TEXT,
            artwork_url     TEXT,
            children        INTEGER,
            total           INTEGER,
            playlist        TEXT UNIQUE COLLATE NOCASE,  -- its file in the folder Playlists
            former_playlist TEXT,                        -- a file that is to be removed
            finished_at     TEXT
        ) STRICT;

        CREATE TABLE member (
            collection TEXT NOT NULL,
            seq        INTEGER NOT NULL CHECK (seq >= 1),
            track      TEXT NOT NULL,     -- an id, in the library or not
            PRIMARY KEY (collection, seq)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX member_by_track ON member (track);

        CREATE TABLE failure (
            id        TEXT NOT NULL,
            stage     TEXT NOT NULL,
            parent    TEXT,
            seq       INTEGER,
            class     TEXT NOT NULL,
            code      TEXT NOT NULL,
            message   TEXT NOT NULL,
            host      TEXT,
            record    TEXT,               -- JSON: what to start from
            failed_at TEXT NOT NULL,
            solved_at TEXT,
            PRIMARY KEY (id, stage)
        ) STRICT;
        CREATE INDEX open_failure ON failure (id) WHERE solved_at IS NULL;
        """

    private static let second = """
        ALTER TABLE track ADD COLUMN match_key TEXT;  -- artist and title of a file that has no catalog's id, else NULL
        ALTER TABLE track ADD COLUMN isrc TEXT;       -- of such a file
        CREATE INDEX imported_match ON track (match_key) WHERE match_key IS NOT NULL;
        CREATE INDEX imported_isrc ON track (isrc) WHERE match_key IS NOT NULL;
        CREATE INDEX track_path ON track (path);

        CREATE TABLE owned (
            id       TEXT NOT NULL PRIMARY KEY,  -- of a track that is kept elsewhere
            owned_at TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE link (               -- a track's file under another name, in a playlist's folder
            collection TEXT NOT NULL,
            seq        INTEGER NOT NULL,
            path       TEXT NOT NULL UNIQUE,  -- from the library's folder
            sha256     TEXT NOT NULL,         -- of the file when it was made
            PRIMARY KEY (collection, seq)
        ) STRICT, WITHOUT ROWID;
        """

    private static let fourth = """
        ALTER TABLE track ADD COLUMN modified_ns INTEGER;  -- when the file had been written, since 1970
        ALTER TABLE track ADD COLUMN artwork TEXT CHECK (artwork = 'missing');  -- a cover that could not be had yet
        """

    private static let fifth = """
        CREATE TABLE departed (           -- to go to the trash as soon as that is allowed
            collection TEXT NOT NULL,
            track      TEXT NOT NULL,
            PRIMARY KEY (collection, track)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE trashed (
            id    TEXT NOT NULL PRIMARY KEY,
            files TEXT NOT NULL,          -- JSON: [[where it was, where it is], ...], from the library's folder
            row   TEXT NOT NULL           -- JSON: that of the table track
        ) STRICT, WITHOUT ROWID;
        """

    private static let eighth = """
        ALTER TABLE track ADD COLUMN album_key TEXT;  -- of every file, as its isrc is from here on
        ALTER TABLE track ADD COLUMN recording_id TEXT;  -- MusicBrainz'
        CREATE TABLE twin (               -- tracks of other sources, whose recording the library has
            id    TEXT NOT NULL PRIMARY KEY,
            track TEXT NOT NULL           -- the one with the file
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX twin_by_track ON twin (track);
        CREATE INDEX recording_album ON track (album_key, duration_s) WHERE album_key IS NOT NULL;
        CREATE INDEX recording_id ON track (recording_id) WHERE recording_id IS NOT NULL;
        CREATE INDEX recording_isrc ON track (isrc) WHERE isrc IS NOT NULL;
        """

    private static let seventh = """
        CREATE TABLE alias (              -- further ids of tracks, in the library or not
            id    TEXT NOT NULL PRIMARY KEY,
            track TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alias_by_track ON alias (track);
        """
}
