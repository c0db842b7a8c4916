// The tables of a database of results.  A change here takes a new kSchemaVersion and a row of
// kUpgrades.
#ifndef STALEMATE_STORE_SCHEMA_H_
#define STALEMATE_STORE_SCHEMA_H_

namespace stalemate::store {

// PRAGMA application_id: a file with another one is somebody else's.  "Stlm".
constexpr int kApplicationId = 0x53746c6d;
// PRAGMA user_version.
constexpr int kSchemaVersion = 4;

// A night is one run of a sweep, whatever the time of day; a run is one cell of it.
constexpr const char* kSchema = R"sql(
CREATE TABLE nights (
  id         INTEGER PRIMARY KEY,
  started    TEXT NOT NULL,   -- UTC, 2025-01-31T23:59:59Z
  finished   TEXT,            -- NULL: it can be resumed
  tool       TEXT NOT NULL,   -- version of stalemate
  sweep_file TEXT NOT NULL,   -- relative to its root
  sweep_hash TEXT NOT NULL,   -- of its text
  shard      TEXT NOT NULL,   -- '2/4', or '' for all cells
  filter     TEXT NOT NULL,   -- of --filter
  plan       TEXT NOT NULL    -- of the names of all cells, of all shards, when it was begun
);
CREATE TABLE runs (
  night       INTEGER NOT NULL REFERENCES nights(id),
  cell        TEXT NOT NULL,     -- 'models/litmus/tlb.flush:full cpus=3'
  model       TEXT NOT NULL,
  line        INTEGER NOT NULL,  -- of the variant, or of the first mistake; from 1
  variant     TEXT NOT NULL,
  cpus        INTEGER NOT NULL,  -- 0: what the variant says
  machine     TEXT NOT NULL,     -- '': what the variant says
  params      TEXT NOT NULL,     -- 'flush=full who=own'
  model_hash  TEXT NOT NULL,     -- of the text of the model file
  fingerprint TEXT NOT NULL,     -- of the compiled model; '' when there is none, or it is not known
  identity    TEXT NOT NULL,     -- of all that is judged, ir/identity.h; '' like fingerprint
  checker     TEXT NOT NULL,     -- which build of stalemate it was checked by
  checked     TEXT NOT NULL,     -- when, UTC
  expected    TEXT NOT NULL,     -- '': nothing
  status      TEXT NOT NULL,     -- ok, mismatch, inconclusive, crashed
  verdict     TEXT NOT NULL,     -- safe, violated, vacuous, inconclusive, error, crashed
  properties  TEXT NOT NULL,     -- 'name=verdict', a line each
  wrong       TEXT NOT NULL,     -- 'name=expected verdict', a line for each that has another one
  note        TEXT NOT NULL,     -- what is wrong with it, on one line
  states      INTEGER NOT NULL,
  transitions INTEGER NOT NULL,
  seconds     REAL NOT NULL,
  peak_memory INTEGER NOT NULL,  -- bytes
  exit        INTEGER NOT NULL,  -- of the process; -N: killed by signal N
  reused      INTEGER NOT NULL,  -- 1: taken over from a night before
  trace       TEXT NOT NULL,     -- the report with the counterexample, as 'check' prints it
  steps       TEXT NOT NULL,     -- the counterexample as JSON: {property, cpus, rows, ending}, or ''
  PRIMARY KEY (night, cell)
) WITHOUT ROWID;
CREATE INDEX runs_by_cell ON runs(cell, identity, night);
)sql";

// From the version before to this one.  What was not kept then is ''.
struct Upgrade {
  int to;
  const char* sql;
};
constexpr Upgrade kUpgrades[] = {
    {3, R"sql(
ALTER TABLE runs ADD COLUMN identity TEXT NOT NULL DEFAULT '';
DROP INDEX runs_by_cell;
CREATE INDEX runs_by_cell ON runs(cell, identity, night);
)sql"},
    {4, "ALTER TABLE nights ADD COLUMN plan TEXT NOT NULL DEFAULT ''"},
};

}  // namespace stalemate::store

#endif  // STALEMATE_STORE_SCHEMA_H_
