#include "lang/mutants.h"

#include <set>
#include <string>
#include <utility>

#include "lang/pairing.h"

namespace stalemate::lang {

namespace {

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

void Mutants::visit(StmtList& list, Decl& owner) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    Stmt& s = *list[i];
    // What ends something is left out with what begins it, and never alone.
    if (can_go(s) && !is_ending(callee(s))) add_left_out(list[i], owner);
    if (i + 1 < list.size() && can_go(s) && can_go(*list[i + 1])) {
      add_swapped(list[i], list[i + 1], owner);
    }
    visit(s.body, owner);
    visit(s.other, owner);
    for (StmtList& alternative : s.alternatives) visit(alternative, owner);
  }
}

void Mutants::add_left_out(StmtPtr& left, Decl& owner) {
  Mutant m;
  m.span = left->span;
  m.text = one_line(left->span);
  m.owner = owner.name.text;
  Section section{{&left}, true};
  if (!ending_of(callee(*left)).empty()) {
    // In the same code, or in the one that ends what this code begins.
    std::vector<StmtList*> bodies = {&owner.body};
    const std::string partner = ending_of(owner.name.text);
    std::set<std::string> variables;
    for (const auto& file : unit_.files) {
      for (const auto& d : file->decls) {
        if (d->kind == DeclKind::kVariable) variables.insert(d->name.text);
        if (!partner.empty() && is_code(*d) && d->name.text == partner) bodies.push_back(&d->body);
      }
    }
    section = section_of(left, bodies, variables);
  }
  // What ends two that begin is left out with both, once.
  if (!sections_.insert(section.parts).second) return;
  m.alone = !section.clear;
  std::vector<Exchange> exchanges;
  std::set<std::string> texts;
  for (StmtPtr* s : section.parts) {
    auto block = std::make_unique<Stmt>();
    block->span = (*s)->span;
    empty_.push_back(std::make_unique<StmtPtr>(std::move(block)));
    exchanges.push_back({s, empty_.back().get()});
    if (s == &left) continue;
    m.with.push_back((*s)->span);
    const std::string text = one_line((*s)->span);
    if (texts.insert(text).second) m.other += (m.other.empty() ? "" : " ") + text;
  }
  all_.push_back(std::move(m));
  exchanges_.push_back(std::move(exchanges));
}

void Mutants::add_swapped(StmtPtr& first, StmtPtr& second, const Decl& owner) {
  Mutant m;
  m.span = join(first->span, second->span);
  m.swapped = true;
  m.text = one_line(first->span);
  m.other = one_line(second->span);
  m.owner = owner.name.text;
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
