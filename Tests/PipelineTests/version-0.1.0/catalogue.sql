-- As version 0.1.0 made it.
CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
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
, match_key TEXT, isrc TEXT, wanted TEXT) STRICT;
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
INSERT INTO grdb_migrations VALUES ('tracks, collections, their members, and failures');
INSERT INTO grdb_migrations VALUES ('imported files, ids that are owned elsewhere, and playlists with a folder');
INSERT INTO grdb_migrations VALUES ('what was wished for where another quality was taken');
