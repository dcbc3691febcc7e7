-- The project's own components, every version that is kept, and libraries as they were last read.

CREATE TABLE component_versions (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    -- `sha256:` of the component without its origin.
    digest TEXT NOT NULL,
    -- Its file.
    text TEXT NOT NULL,
    saved INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) WITHOUT ROWID;

CREATE TABLE libraries (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL UNIQUE,
    -- As the API has it, in JSON.
    content TEXT NOT NULL
);
