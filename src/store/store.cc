#include "store/store.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "store/schema.h"

namespace stalemate::store {

namespace {

// How long other processes may keep the database before this one gives up: SQLite serves those who
// wait in no order, and on a machine with much to do each may take seconds.
constexpr std::chrono::minutes kPatience{5};
constexpr int kBusyMilliseconds = 10000;  // of one attempt

// SQLite does not wait at all where two that wait could hold each other up, as when both begin
// with the write-ahead log.  Nothing here keeps a lock and asks for another one, so it is enough to
// try again.
template <class Call>
int patiently(Call call) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  int code = call();
  while ((code & 0xff) == SQLITE_BUSY && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    code = call();
  }
  return code;
}

[[noreturn]] void fail(const std::string& path, sqlite3* db, int code) {
  const char* why = db != nullptr ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_FULL:
      throw StoreError(
          fmt::format("error: {}: the disk is full\n  what was written stays; make room and go on "
                      "with --resume",
                      path));
    case SQLITE_IOERR:
      throw StoreError(fmt::format(
          "error: {}: cannot be written or read: {}\n  is the disk full, or a limit reached?  What "
          "was written stays; --resume goes on from there",
          path, why));
    case SQLITE_NOTADB:
      throw StoreError(fmt::format(
          "error: {}: not a database\n  name one that 'stalemate sweep --db' made, or a new file",
          path));
    case SQLITE_CORRUPT:
      throw StoreError(fmt::format(
          "error: {}: the database is damaged: {}\n  take a copy from before, or a new file", path,
          why));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreError(
          fmt::format("error: {}: another process keeps the database locked\n  wait for it, or use "
                      "another file",
                      path));
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      throw StoreError(fmt::format(
          "error: {}: cannot be opened: {}\n  name a file in a folder that you can write to", path,
          why));
    default:
      throw StoreError(fmt::format("error: {}: {}", path, why));
  }
}

// A prepared statement; parameters are bound in their order.
class Statement {
 public:
  Statement(sqlite3* db, const std::string& path, const std::string& sql) : db_(db), path_(path) {
    const int code =
        patiently([&] { return sqlite3_prepare_v2(db, sql.c_str(), -1, &statement_, nullptr); });
    if (code != SQLITE_OK) fail(path, db, code);
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(const std::string& text) {
    sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
    return *this;
  }
  Statement& bind(std::int64_t n) {
    sqlite3_bind_int64(statement_, ++bound_, n);
    return *this;
  }
  Statement& bind(int n) { return bind(std::int64_t{n}); }
  Statement& bind(double x) {
    sqlite3_bind_double(statement_, ++bound_, x);
    return *this;
  }

  // Is there another row?
  bool step() {
    const int code = patiently([&] { return sqlite3_step(statement_); });
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) fail(path_, db_, code);
    return false;
  }

  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
    return bytes == nullptr ? std::string() : std::string(bytes, size);
  }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_, column); }
  double real(int column) const { return sqlite3_column_double(statement_, column); }

  void get(int column, std::string& value) const { value = text(column); }
  void get(int column, std::int64_t& value) const { value = number(column); }
  void get(int column, int& value) const { value = static_cast<int>(number(column)); }
  void get(int column, bool& value) const { value = number(column) != 0; }
  void get(int column, double& value) const { value = real(column); }

 private:
  sqlite3* db_;
  const std::string& path_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

void execute(sqlite3* db, const std::string& path, const char* sql) {
  const int code = patiently([&] { return sqlite3_exec(db, sql, nullptr, nullptr, nullptr); });
  if (code != SQLITE_OK) fail(path, db, code);
}

// Ends in a rollback unless it is committed.
class Transaction {
 public:
  Transaction(sqlite3* db, const std::string& path) : db_(db), path_(path) {
    execute(db_, path_, "BEGIN IMMEDIATE");
  }
  ~Transaction() {
    if (!done_) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit() {
    execute(db_, path_, "COMMIT");
    done_ = true;
  }

 private:
  sqlite3* db_;
  const std::string& path_;
  bool done_ = false;
};

// "cell, model, ..." or, to be bound, "?, ?, ...".
std::string columns(bool names) {
  std::string list;
  Run run;
  for_each_column(run, [&](const char* name, auto&) {
    if (!list.empty()) list += ", ";
    list += names ? name : "?";
  });
  return list;
}

Run run_of(const Statement& row) {
  Run run;
  int column = 0;
  for_each_column(run, [&](const char*, auto& value) { row.get(column++, value); });
  return run;
}

}  // namespace

Store::Store(const std::string& path, Open how) : path_(path) {
  std::error_code failed;
  const bool exists = path == ":memory:" || std::filesystem::exists(path, failed);
  if (how == Open::kExisting && !exists) {
    throw StoreError(fmt::format(
        "error: {}: there is no such file\n  name a database that 'stalemate sweep --db' made",
        path));
  }
  const int code =
      sqlite3_open_v2(path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  try {
    if (code != SQLITE_OK) fail(path_, db_, code);
    sqlite3_busy_timeout(db_, kBusyMilliseconds);
    prepare(how == Open::kCreate);
  } catch (...) {
    sqlite3_close(db_);
    throw;
  }
}

Store::~Store() { sqlite3_close(db_); }

void Store::prepare(bool create) {
  const auto number = [&](const char* sql) {
    Statement s(db_, path_, sql);
    return s.step() ? s.number(0) : 0;
  };
  // Of one moment: another process may be making the tables.
  execute(db_, path_, "BEGIN");
  const std::int64_t application = number("PRAGMA application_id");
  const std::int64_t version = number("PRAGMA user_version");
  const bool empty = number("SELECT count(*) FROM sqlite_master") == 0;
  execute(db_, path_, "COMMIT");
  const bool fresh = application == 0 && version == 0 && empty;
  if (!fresh && application != kApplicationId) {
    throw StoreError(fmt::format(
        "error: {}: a database of another program\n  name one that 'stalemate sweep --db' made, or "
        "a new file",
        path_));
  }
  const bool known = version <= kSchemaVersion && version >= kUpgrades[0].to - 1;
  if (!fresh && !known) {
    throw StoreError(fmt::format(
        "error: {}: its tables have version {}, this program knows {}\n  use the version of "
        "stalemate that made it, or a new file",
        path_, version, kSchemaVersion));
  }
  if (fresh && !create) {
    throw StoreError(fmt::format(
        "error: {}: holds no results\n  name a database that 'stalemate sweep --db' made", path_));
  }
  if (!fresh) {
    Statement check(db_, path_, "PRAGMA quick_check(1)");
    if (check.step() && check.text(0) != "ok") {
      throw StoreError(fmt::format(
          "error: {}: the database is damaged: {}\n  take a copy from before, or a new file", path_,
          check.text(0)));
    }
  }
  // With a write-ahead log, reports can be written while a sweep runs.
  execute(db_, path_, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL");
  if (version == kSchemaVersion) return;
  Transaction all(db_, path_);
  const std::int64_t now = number("PRAGMA user_version");
  if (now >= kSchemaVersion) return;  // another process was faster
  if (now == 0) {
    execute(db_, path_, kSchema);
    execute(db_, path_, fmt::format("PRAGMA application_id = {}", kApplicationId).c_str());
  }
  for (const Upgrade& u : kUpgrades) {
    if (now != 0 && now < u.to) execute(db_, path_, u.sql);
  }
  execute(db_, path_, fmt::format("PRAGMA user_version = {}", kSchemaVersion).c_str());
  all.commit();
}

std::int64_t Store::begin_night(const Night& n) {
  Statement s(db_, path_,
              "INSERT INTO nights(started, finished, tool, sweep_file, sweep_hash, shard, filter, "
              "plan) VALUES (?, nullif(?, ''), ?, ?, ?, ?, ?, ?)");
  s.bind(n.started).bind(n.finished).bind(n.tool).bind(n.sweep_file).bind(n.sweep_hash);
  s.bind(n.shard).bind(n.filter).bind(n.plan).step();
  return sqlite3_last_insert_rowid(db_);
}

void Store::finish_night(std::int64_t id, const std::string& when) {
  Statement s(db_, path_, "UPDATE nights SET finished = ? WHERE id = ?");
  s.bind(when).bind(id).step();
}

void Store::add(std::int64_t night, const Run& run) {
  Statement s(db_, path_,
              fmt::format("INSERT OR REPLACE INTO runs(night, {}) VALUES (?, {})", columns(true),
                          columns(false)));
  s.bind(night);
  for_each_column(run, [&](const char*, const auto& value) { s.bind(value); });
  s.step();
}

std::int64_t Store::add_night(const Night& night, const std::vector<Run>& runs) {
  Transaction all(db_, path_);
  const std::int64_t id = begin_night(night);
  for (const Run& r : runs) add(id, r);
  all.commit();
  return id;
}

std::vector<Night> Store::nights() const {
  Statement s(db_, path_,
              "SELECT id, started, finished, tool, sweep_file, sweep_hash, shard, filter, plan "
              "FROM nights ORDER BY id");
  std::vector<Night> found;
  while (s.step()) {
    found.push_back({s.number(0), s.text(1), s.text(2), s.text(3), s.text(4), s.text(5), s.text(6),
                     s.text(7), s.text(8)});
  }
  return found;
}

std::vector<Run> Store::runs(std::int64_t night) const {
  Statement s(db_, path_,
              fmt::format("SELECT {} FROM runs WHERE night = ? ORDER BY cell", columns(true)));
  s.bind(night);
  std::vector<Run> found;
  while (s.step()) found.push_back(run_of(s));
  return found;
}

std::vector<Summary> Store::summaries(std::int64_t night) const {
  Statement s(db_, path_,
              "SELECT cell, status, verdict, states, seconds, reused FROM runs WHERE night = ? "
              "ORDER BY cell");
  s.bind(night);
  std::vector<Summary> found;
  while (s.step()) {
    found.push_back({s.text(0), s.text(1), s.text(2), s.number(3), s.real(4), s.number(5) != 0});
  }
  return found;
}

std::optional<Run> Store::conclusive(const std::string& cell, const std::string& identity,
                                     const std::string& checker) const {
  Statement s(db_, path_,
              fmt::format("SELECT {} FROM runs WHERE cell = ? AND identity = ? AND checker = ? "
                          "AND verdict IN ('safe', 'violated', 'vacuous') "
                          "AND instr(properties || char(10), '=inconclusive' || char(10)) = 0 "
                          "ORDER BY night DESC LIMIT 1",
                          columns(true)));
  s.bind(cell).bind(identity).bind(checker);
  if (!s.step()) return std::nullopt;
  return run_of(s);
}

std::optional<double> Store::last_seconds(const std::string& cell) const {
  Statement s(db_, path_, "SELECT seconds FROM runs WHERE cell = ? ORDER BY night DESC LIMIT 1");
  s.bind(cell);
  if (!s.step()) return std::nullopt;
  return s.real(0);
}

}  // namespace stalemate::store
