-- Pipelines that short links lead to: the file as it was shared, which never changes.
CREATE TABLE links (
    id TEXT PRIMARY KEY NOT NULL,
    text TEXT NOT NULL,
    digest TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL
);
