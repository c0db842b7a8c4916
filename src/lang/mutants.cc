#include "lang/mutants.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <string_view>
#include <utility>

namespace stalemate::lang {

namespace {

using List = std::vector<StmtPtr>;

std::string one_line(const Span& span) {
  std::string out;
  if (!span) return out;
  for (const char c : span.source->text().substr(span.begin, span.end - span.begin)) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  return out;
}

// What a call calls, as written; empty for anything else.
std::string callee(const Stmt& s) {
  if (s.kind != StmtKind::kCall || s.value == nullptr || s.value->kind != ExprKind::kCall)
    return {};
  const Expr& called = *s.value->args.at(0);
  return called.kind == ExprKind::kName ? called.name.text : std::string();
}

std::string arguments(const Stmt& s) {
  std::string out;
  for (std::size_t i = 1; i < s.value->args.size(); ++i)
    out += one_line(s.value->args[i]->span) + ",";
  return out;
}

bool masks_interrupts(const Stmt& s) {
  const Expr* e = s.target.get();
  while (e != nullptr && e->kind == ExprKind::kIndex) e = e->args[0].get();
  return e != nullptr && e->kind == ExprKind::kName && e->name.text == "irqs_on";
}

bool can_go(const Stmt& s) {
  switch (s.kind) {
    case StmtKind::kCall:
    case StmtKind::kAwait:
    case StmtKind::kFence:
    case StmtKind::kDrop:
    case StmtKind::kRaise:
      return true;
    case StmtKind::kAssign:
      return masks_interrupts(s);
    default:
      return false;
  }
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kPairs{
    {{"unlock", "lock"}, {"enable", "disable"}, {"unmask", "mask"}, {"restore", "save"}}};

// "pmd_unlock" for "pmd_lock": what ends it; empty for what begins nothing.
std::string ending_of(const std::string& name) {
  for (const auto& [ending, beginning] : kPairs) {
    if (name.find(ending) != std::string::npos) return {};
    const std::size_t at = name.find(beginning);
    if (at == std::string::npos) continue;
    return name.substr(0, at) + std::string(ending) + name.substr(at + beginning.size());
  }
  return {};
}

bool is_ending(const std::string& name) {
  return std::any_of(kPairs.begin(), kPairs.end(),
                     [&](const auto& pair) { return name.find(pair.first) != std::string::npos; });
}

void for_each(List& list, const std::function<void(StmtPtr&)>& visit) {
  for (StmtPtr& s : list) {
    visit(s);
    for_each(s->body, visit);
    for_each(s->other, visit);
    for (List& alternative : s->alternatives) for_each(alternative, visit);
  }
}

bool is_code(const Decl& d) {
  return d.kind == DeclKind::kThread || d.kind == DeclKind::kInterrupt ||
         d.kind == DeclKind::kNmi || d.kind == DeclKind::kFn || d.kind == DeclKind::kStep ||
         d.kind == DeclKind::kTrap;
}

}  // namespace

Mutants::Mutants(Unit& unit, bool library) : unit_(unit) {
  for (const auto& file : unit_.files) {
    const bool of_library = file->module.rfind("lib/", 0) == 0;
    if (!file->module.empty() && !(library && of_library)) continue;
    for (const auto& d : file->decls) {
      if (is_code(*d)) visit(d->body, *d);
    }
  }
}

void Mutants::visit(List& list, const Decl& owner) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    Stmt& s = *list[i];
    // What ends something is left out with what begins it, and never alone.
    if (can_go(s) && !is_ending(callee(s))) add_left_out(list[i], owner);
    if (i + 1 < list.size() && can_go(s) && can_go(*list[i + 1])) {
      add_swapped(list[i], list[i + 1], owner);
    }
    visit(s.body, owner);
    visit(s.other, owner);
    for (List& alternative : s.alternatives) visit(alternative, owner);
  }
}

void Mutants::add_left_out(StmtPtr& left, const Decl& owner) {
  Mutant m{left->span, false, one_line(left->span), {}, owner.name.text};
  std::vector<Exchange> exchanges;
  const auto leave_out = [&](StmtPtr& s) {
    auto block = std::make_unique<Stmt>();
    block->span = s->span;
    empty_.push_back(std::make_unique<StmtPtr>(std::move(block)));
    exchanges.push_back({&s, empty_.back().get()});
  };
  leave_out(left);
  if (const std::string ending = ending_of(callee(*left)); !ending.empty()) {
    // In the same code, or in the one that ends what this code begins.
    const std::string partner = ending_of(owner.name.text);
    const std::string wanted = arguments(*left);
    const auto look = [&](Decl& d) {
      for_each(d.body, [&](StmtPtr& s) {
        if (callee(*s) != ending || arguments(*s) != wanted) return;
        leave_out(s);
        if (m.other.find(one_line(s->span)) == std::string::npos) {
          m.other += (m.other.empty() ? "" : " ") + one_line(s->span);
        }
      });
    };
    for (const auto& file : unit_.files) {
      for (const auto& d : file->decls) {
        const bool here = d.get() == &owner;
        if (is_code(*d) && (here || (!partner.empty() && d->name.text == partner))) look(*d);
      }
    }
  }
  all_.push_back(std::move(m));
  exchanges_.push_back(std::move(exchanges));
}

void Mutants::add_swapped(StmtPtr& first, StmtPtr& second, const Decl& owner) {
  Mutant m{join(first->span, second->span), true, one_line(first->span), one_line(second->span),
           owner.name.text};
  if (m.text == m.other) return;
  all_.push_back(std::move(m));
  exchanges_.push_back({{&first, &second}});
}

Mutants::Applied::Applied(Mutants& mutants, std::size_t which) : mutants_(mutants), which_(which) {
  swap_all();
}

Mutants::Applied::~Applied() { swap_all(); }

void Mutants::Applied::swap_all() {
  for (const Exchange& e : mutants_.exchanges_[which_]) std::swap(*e.a, *e.b);
}

}  // namespace stalemate::lang
