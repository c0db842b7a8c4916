#include "export/identifiers.h"

#include <algorithm>
#include <cctype>

#include "export/export.h"

namespace stalemate::exporter {

namespace {

// Locations are named after statements, which can be long.
constexpr std::size_t kLongest = 40;

// Keywords of Promela, Murphi, TLA+ and C, names of their libraries, and macros of cpp: in small
// letters, because two of them take keywords in capitals as well.  One list for all, so that a
// variable has one name in all exports.
const std::set<std::string>& reserved() {
  static const std::set<std::string> words = {
      // Promela
      "active", "assert", "atomic", "bit", "bool", "break", "byte", "c_code", "c_decl", "c_expr",
      "c_state", "c_track", "chan", "d_proctype", "d_step", "do", "else", "empty", "enabled",
      "eval", "false", "fi", "for", "full", "get_priority", "goto", "hidden", "if", "in", "init",
      "inline", "int", "len", "local", "ltl", "mtype", "nempty", "never", "nfull", "notrace", "np_",
      "od", "of", "pc_value", "pid", "print", "printf", "printm", "priority", "proctype",
      "provided", "run", "select", "set_priority", "short", "show", "skip", "stdin", "timeout",
      "trace", "true", "typedef", "unless", "unsigned", "xr", "xs", "always", "eventually", "until",
      "next", "weakuntil", "stronguntil", "release", "equivalent", "implies", "_", "_last",
      "_nr_pr", "_pid", "_priority",
      // Murphi
      "alias", "array", "begin", "boolean", "by", "case", "clear", "const", "cover", "assume",
      "elsif", "end", "endalias", "endexists", "endfor", "endforall", "endfunction", "endif",
      "endprocedure", "endrecord", "endrule", "endruleset", "endstartstate", "endswitch",
      "endwhile", "enum", "error", "exists", "forall", "from", "function", "interleaved",
      "invariant", "ismember", "isundefined", "liveness", "multiset", "multisetadd",
      "multisetcount", "multisetremove", "procedure", "process", "program", "put", "real", "record",
      "return", "rule", "ruleset", "scalarset", "startstate", "switch", "then", "to", "traceuntil",
      "type", "undefine", "undefined", "union", "var", "while",
      // TLA+
      "action", "assume", "assumption", "axiom", "boolean", "choose", "constant", "constants",
      "corollary", "domain", "enabled", "except", "extends", "instance", "lambda", "lemma", "let",
      "module", "other", "proof", "proposition", "recursive", "sf_", "state", "string", "subset",
      "symbol", "temporal", "theorem", "unchanged", "variable", "variables", "wf_", "with", "nat",
      "real", "infinity", "any", "tostring", "javatime", "tlcget", "tlcset", "tlceval", "tlcext",
      "permutations", "sortseq", "randomelement", "printt", "integers", "tlc", "naturals", "vars",
      "spec", "typeok", "quot", "rem", "safe", "defined", "not",
      // C, which SPIN makes of it, and what its macros and ours are called
      "auto", "char", "continue", "default", "double", "enum", "extern", "float", "inline", "long",
      "register", "restrict", "signed", "sizeof", "static", "struct", "void", "volatile", "linux",
      "unix", "i386", "null", "now", "uchar", "uint", "ulong", "ushort", "min", "max", "asm",
      "typeof", "model", "end_model", "abs", "init", "invariant"};
  return words;
}

}  // namespace

std::string identifier(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool fits = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (fits) {
      out += c;
    } else if (!out.empty() && out.back() != '_') {
      out += '_';
    }
    if (out.size() == kLongest) break;
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  if (out.empty()) return "x";
  return std::isdigit(static_cast<unsigned char>(out[0])) != 0 ? "n" + out : out;
}

bool is_module_name(const std::string& word) {
  if (word.empty() || std::isalpha(static_cast<unsigned char>(word[0])) == 0) return false;
  return std::all_of(word.begin(), word.end(), [](char c) {
    return c == '_' || std::isalnum(static_cast<unsigned char>(c)) != 0;
  });
}

bool Names::taken(const std::string& name) const {
  return used_.count(name) > 0 || (outer_ != nullptr && outer_->taken(name));
}

std::string Names::fresh(const std::string& text) {
  const std::string base = identifier(text);
  std::string small;
  for (const char c : base) small += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  std::string name = reserved().count(small) > 0 ? base + "_" : base;
  for (int n = 2; taken(name); ++n) name = base + "_" + std::to_string(n);
  used_.insert(name);
  return name;
}

Identifiers::Identifiers(const ir::Program& p) {
  // What the exports call their invariants.
  for (std::size_t i = 0; i < p.properties.size(); ++i)
    names_.fresh("Invariant" + std::to_string(i));
  for (const ir::Variable& v : p.variables) variables_.push_back(names_.fresh(v.name));
  none_ = names_.fresh("none");
  for (const ir::Sort& s : p.sorts) {
    std::vector<Constant> all;
    for (const std::string& m : s.members) {
      all.push_back({names_.fresh(m), static_cast<int>(all.size())});
    }
    members_.push_back(std::move(all));
  }
  for (const ir::Process& x : p.processes) {
    std::vector<Constant> all;
    for (const ir::Location& l : x.locations) {
      all.push_back(
          {names_.fresh(variable(x.control) + " " + l.name), static_cast<int>(all.size())});
    }
    locations_.push_back(std::move(all));
  }
}

}  // namespace stalemate::exporter
