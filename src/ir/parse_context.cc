#include "ir/parse_context.h"

#include <algorithm>
#include <charconv>

namespace stalemate::ir {

namespace {

// Suggestions look at no more names than this: edit distances cost too much on hostile input.
constexpr std::size_t kMaxCandidates = 1000;

std::optional<int> to_int(std::string_view word) {
  int v = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), v);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return v;
}

std::string count_of(std::size_t n, const char* thing) {
  return std::to_string(n) + " " + thing + (n == 1 ? "" : "s");
}

}  // namespace

std::optional<NodeId> Fields::find(std::string_view key) const {
  for (const auto& [known, node] : list_) {
    if (known == key) return node;
  }
  return std::nullopt;
}

void ParseContext::error(NodeId n, std::string message, std::string hint) {
  diagnostics_.error(s.span(n), std::move(message), std::move(hint));
}

std::string ParseContext::suggest(std::string_view word,
                                  const std::vector<std::string>& candidates) const {
  if (diagnostics_.errors() >= Diagnostics::kMaxErrors) return {};
  const std::string best = did_you_mean(word, candidates);
  return best.empty() ? best : "did you mean '" + best + "'?";
}

std::string ParseContext::suggest(std::string_view word, const NameTable& table) const {
  if (table.size() > kMaxCandidates) return {};
  std::vector<std::string> candidates;
  for (const auto& [name, index] : table) candidates.push_back(name);
  // The order of a hash table must not decide between two equally close names.
  std::sort(candidates.begin(), candidates.end());
  return suggest(word, candidates);
}

Fields ParseContext::fields(const std::vector<NodeId>& items, std::size_t from, const char* form,
                            std::initializer_list<std::string_view> known) {
  Fields out;
  for (std::size_t i = from; i < items.size(); ++i) {
    const NodeId n = items[i];
    const std::string key = s.is_list(n) ? std::string(s.head(n)) : s.text(n);
    const auto match = std::find(known.begin(), known.end(), key);
    if (match == known.end()) {
      const std::vector<std::string> candidates(known.begin(), known.end());
      error(n, key.empty() ? "expected a part of a " + std::string(form)
                           : "a " + std::string(form) + " has no part '" + key + "'",
            suggest(key, candidates));
    } else if (out.find(key)) {
      error(n, "'" + key + "' is given twice");
    } else {
      out.add(*match, n);
    }
  }
  return out;
}

std::vector<NodeId> ParseContext::arguments(NodeId n, std::size_t least, std::size_t most) {
  std::vector<NodeId> items = s.children(n);
  if (!items.empty()) items.erase(items.begin());
  if (items.size() >= least && items.size() <= most) return items;
  std::string head(s.head(n));
  if (head.empty()) head = s.text(n);
  std::string wanted = count_of(least, "part");
  if (most > least) {
    wanted = most == std::numeric_limits<std::size_t>::max()
                 ? "at least " + wanted
                 : std::to_string(least) + " to " + count_of(most, "part");
  }
  error(n, "'" + head + "' takes " + wanted + ", this one has " + std::to_string(items.size()));
  return {};
}

std::string ParseContext::name(NodeId n, const char* what) {
  if (s.is_list(n)) error(n, std::string("expected the name of a ") + what + ", not a list");
  return s.text(n);
}

std::string ParseContext::string(NodeId n) {
  if (!s.is_string(n)) error(n, "expected a string in quotes");
  return s.text(n);
}

int ParseContext::number(NodeId n, int lo, int hi) {
  const std::string word = s.is_string(n) ? std::string() : s.text(n);
  const auto v = is_number(word) ? to_int(word) : std::nullopt;
  if (v && *v >= lo && *v <= hi) return *v;
  error(n, "expected a number from " + std::to_string(lo) + " to " + std::to_string(hi));
  return lo;
}

int ParseContext::find(NodeId n, const NameTable& table, const char* what) {
  const std::string word = name(n, what);
  if (s.is_list(n)) return -1;
  const auto found = table.find(word);
  if (found != table.end()) return found->second;
  error(n, std::string("unknown ") + what + " '" + word + "'", suggest(word, table));
  return -1;
}

void ParseContext::declare(NodeId n, NameTable& table, int index, const char* what) {
  const std::string word = name(n, what);
  if (!s.is_list(n) && !table.emplace(word, index).second) {
    error(n, "there is already a " + std::string(what) + " '" + word + "'");
  }
}

std::optional<Domain> ParseContext::domain(NodeId n) {
  constexpr int kLeast = std::numeric_limits<Value>::min();
  constexpr int kMost = std::numeric_limits<Value>::max();
  if (s.is_word(n, "bool")) return Domain{};
  if (!s.is_list(n)) {
    const int sort = find(n, sorts, "sort");
    if (sort < 0) return std::nullopt;
    const std::size_t members = p.sorts[static_cast<std::size_t>(sort)].members.size();
    return Domain{Domain::Kind::kSort, 0, static_cast<Value>(static_cast<int>(members) - 1), sort};
  }
  if (s.head(n) == "range") {
    const auto items = arguments(n, 2, 2);
    if (items.empty()) return std::nullopt;
    const int lo = number(items[0], kLeast, kMost);
    const int hi = number(items[1], lo, kMost);
    return Domain{Domain::Kind::kRange, static_cast<Value>(lo), static_cast<Value>(hi), -1};
  }
  if (s.head(n) == "option") {
    const auto items = arguments(n, 1, 1);
    if (items.empty()) return std::nullopt;
    const auto inner = domain(items[0]);
    if (!inner) return std::nullopt;
    const bool sort = inner->kind == Domain::Kind::kSort;
    if (!sort && (inner->kind != Domain::Kind::kRange || inner->lo != 0)) {
      error(items[0], "an option holds a sort or a range that starts at 0");
    }
    return Domain{Domain::Kind::kOption, kNone, inner->hi, inner->sort};
  }
  error(n, "expected a domain", "a domain is bool, a sort, (range LO HI) or (option SORT)");
  return std::nullopt;
}

int ParseContext::cpu(NodeId n) {
  if (p.sorts.empty()) {
    error(n, "there are no CPUs", "the first sort of the file lists them");
    return 0;
  }
  const int cpus = static_cast<int>(p.sorts[0].members.size());
  return value(n, Hint::of(Domain{Domain::Kind::kSort, 0, static_cast<Value>(cpus - 1), 0}));
}

int ParseContext::process(NodeId n) {
  const auto items = arguments(n, 2, 2);
  if (items.empty()) return -1;
  const std::string word = name(items[0], "process");
  const auto found = processes.find({word, cpu(items[1])});
  if (found != processes.end()) return found->second;
  std::vector<std::string> candidates;
  for (const auto& [key, index] : processes) {
    if (candidates.size() < kMaxCandidates) candidates.push_back(key.first);
  }
  error(n, "unknown process '" + word + "' on this CPU", suggest(word, candidates));
  return -1;
}

int ParseContext::value(NodeId n, const Hint& hint) {
  if (s.is_list(n)) {
    error(n, "expected a value, not a list");
    return hint.domain.lo;
  }
  std::optional<int> v = literal(*this, n);
  const std::string word = s.text(n);
  if (!v) v = member(hint, word);
  if (!v) {
    error(n, "'" + word + "' is not a value here", suggest(word, members(hint)));
  } else if (!hint.domain.contains(*v)) {
    error(n, word + " is not in the domain");
  } else {
    return *v;
  }
  return hint.domain.lo;
}

std::optional<int> ParseContext::member(const Hint& hint, const std::string& name) const {
  if (!hint.known) return std::nullopt;
  if (hint.process >= 0) {
    const auto& list = p.processes[static_cast<std::size_t>(hint.process)].locations;
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].name == name) return static_cast<int>(i);
    }
  } else if (hint.domain.sort >= 0) {
    const auto& list = p.sorts[static_cast<std::size_t>(hint.domain.sort)].members;
    const auto found = std::find(list.begin(), list.end(), name);
    if (found != list.end()) return static_cast<int>(found - list.begin());
  }
  return std::nullopt;
}

std::vector<std::string> ParseContext::members(const Hint& hint) const {
  std::vector<std::string> out;
  if (hint.known && hint.process >= 0) {
    for (const Location& l : p.processes[static_cast<std::size_t>(hint.process)].locations) {
      out.push_back(l.name);
    }
  } else if (hint.known && hint.domain.sort >= 0) {
    out = p.sorts[static_cast<std::size_t>(hint.domain.sort)].members;
  } else if (hint.known && hint.domain.kind == Domain::Kind::kBool) {
    out = {"true", "false"};
  }
  if (out.size() > kMaxCandidates) out.resize(kMaxCandidates);
  return out;
}

std::optional<int> literal(ParseContext& c, NodeId n) {
  if (c.s.is_list(n) || c.s.is_string(n)) return std::nullopt;
  const std::string word = c.s.text(n);
  if (word == "true") return 1;
  if (word == "false") return 0;
  if (word == "none") return kNone;
  if (!is_number(word)) return std::nullopt;
  if (const auto v = to_int(word)) return v;
  c.error(n, word + " does not fit in 32 bits");
  return 0;
}

}  // namespace stalemate::ir
