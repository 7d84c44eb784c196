/**
 * The database's shape, as steps from one `user_version` to the next. A released step is never edited.
 *
 * - `item`: one entry of one account's list; `item_file`: the files of it that the account holds.
 * - `content`: one file of one torrent, whoever holds it; kept when its last source goes, so that a return finds the
 *   same time and number.
 * - `torrent`: the name that a torrent is shown under, and by which rules its files were placed.
 * - `version`: with `tree.versions: best`, which contents are versions of one film or episode (`of`) below one title's folder.
 * - `node`: the published tree. `key` says what a folder stands for (a torrent, a title, a season), `view` where a
 *   file was shown (`library`, `folders/<name>`, `all`, `accounts/<name>`): a content has at most one place in each view.
 * - `link`: links by source with their time of birth. Secret, like the whole file.
 * - `traffic`: bytes that file hosts sent, by account and UTC day (days since 1970).
 * - `made_download`: rows of a service's downloads that were made here, to be read from.
 * - `archive`: every volume of a set that was looked into, by its content: `first` is the set's first volume, `reason` why nothing
 *   inside is shown. `archived`: a content that lies inside a set, and its path there; `extent`: its pieces, by the volume they lie in and
 *   that volume's number in the set, from 0; `confirmed`: the volume says so itself.
 * - `identification`: what a catalogue said of a torrent (JSON; null: it did not know it) and when; `used`: the torrent is placed by it.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE torrent (key TEXT PRIMARY KEY, name TEXT NOT NULL) STRICT, WITHOUT ROWID;

  CREATE TABLE item (
    row INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    list TEXT NOT NULL,
    id TEXT NOT NULL,
    torrent TEXT NOT NULL,
    name TEXT NOT NULL,
    root TEXT,
    added_ms INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'working', 'failed')),
    reason TEXT,
    revision TEXT NOT NULL,
    files_revision TEXT,
    UNIQUE (account, list, id)
  ) STRICT;
  CREATE INDEX item_by_torrent ON item (torrent);

  CREATE TABLE content (
    id INTEGER PRIMARY KEY,
    torrent TEXT NOT NULL,
    size INTEGER NOT NULL,
    base_name TEXT NOT NULL,
    ordinal INTEGER NOT NULL,
    packed INTEGER NOT NULL,
    mtime_ms INTEGER,
    UNIQUE (torrent, size, base_name, ordinal)
  ) STRICT;

  CREATE TABLE item_file (
    item INTEGER NOT NULL REFERENCES item (row) ON DELETE CASCADE,
    content INTEGER NOT NULL REFERENCES content (id),
    path TEXT NOT NULL,
    path_told INTEGER NOT NULL,
    ref TEXT NOT NULL,
    PRIMARY KEY (item, content)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX item_file_by_content ON item_file (content);

  CREATE TABLE node (
    inode INTEGER PRIMARY KEY,
    parent INTEGER NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('directory', 'file', 'static')),
    mtime_ms INTEGER NOT NULL,
    key TEXT,
    view TEXT,
    content INTEGER REFERENCES content (id),
    pinned_to TEXT,
    bytes BLOB,
    UNIQUE (parent, name)
  ) STRICT;
  CREATE INDEX node_by_parent ON node (parent, inode);
  CREATE INDEX node_by_key ON node (parent, key) WHERE key IS NOT NULL;
  CREATE UNIQUE INDEX node_by_content ON node (content, view) WHERE content IS NOT NULL;

  CREATE TABLE link (source TEXT PRIMARY KEY, url TEXT NOT NULL, born_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE traffic (
    account TEXT NOT NULL,
    day INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    PRIMARY KEY (account, day)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  ALTER TABLE torrent ADD COLUMN placed_by TEXT;

  CREATE TABLE version (
    content INTEGER NOT NULL REFERENCES content (id),
    view TEXT NOT NULL,
    folder INTEGER NOT NULL,
    of TEXT NOT NULL,
    quality INTEGER NOT NULL,
    PRIMARY KEY (content, view)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX version_by_slot ON version (folder, of);

  CREATE INDEX content_by_time ON content (mtime_ms);

  DELETE FROM meta WHERE name = 'placing';

  UPDATE node SET key = 'show:' || substr(key, 7) WHERE key GLOB 'title:*'
    AND parent IN (SELECT inode FROM node WHERE parent = 1 AND name IN ('shows', 'anime'));
  `,
  `
  CREATE TABLE made_download (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    made_ms INTEGER NOT NULL,
    PRIMARY KEY (account, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE archive (
    volume INTEGER PRIMARY KEY REFERENCES content (id),
    first INTEGER NOT NULL REFERENCES content (id),
    reason TEXT
  ) STRICT;

  CREATE TABLE archived (
    content INTEGER NOT NULL REFERENCES content (id),
    first INTEGER NOT NULL REFERENCES content (id),
    path TEXT NOT NULL,
    PRIMARY KEY (content, first)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX archived_by_first ON archived (first);

  CREATE TABLE extent (
    content INTEGER NOT NULL REFERENCES content (id),
    first INTEGER NOT NULL REFERENCES content (id),
    at INTEGER NOT NULL,
    number INTEGER NOT NULL,
    volume INTEGER NOT NULL REFERENCES content (id),
    offset INTEGER NOT NULL,
    length INTEGER NOT NULL,
    confirmed INTEGER NOT NULL,
    PRIMARY KEY (content, first, at)
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX content_by_rar ON content (torrent) WHERE lower(substr(base_name, -4)) = '.rar';
  `,
  `
  CREATE TABLE identification (
    torrent TEXT PRIMARY KEY,
    known TEXT,
    asked_ms INTEGER NOT NULL,
    used INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
];
