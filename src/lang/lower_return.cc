// How a handler or a trap returns: with its last step, or in a step of its own.
#include <algorithm>

#include "lang/lowering.h"

namespace stalemate::lang {

namespace {

// Does this code let interrupts in: for certain, or may it, by giving back what it saved?
bool unmasks(const ir::Block& b, int irqs_on, bool certain) {
  return std::any_of(b.begin(), b.end(), [&](const ir::Stmt& s) {
    for (std::size_t i = 0; i < s.places.size(); ++i) {
      if (s.places[i].variable != irqs_on) continue;
      if (certain ? ir::is_const(s.values[i], 1) : !ir::is_const(s.values[i], 0)) return true;
    }
    return unmasks(s.then_block, irqs_on, certain) || unmasks(s.else_block, irqs_on, certain);
  });
}

}  // namespace

bool Lowering::unmasks_since(int node, bool certain) const {
  return std::any_of(nodes_.begin() + node, nodes_.end(), [&](const Node& n) {
    return unmasks(n.code, irqs_on_, certain) ||
           std::any_of(n.edges.begin(), n.edges.end(),
                       [&](const Edge& e) { return unmasks(e.body, irqs_on_, certain); });
  });
}

// A handler has one place where it stands, so it cannot be interrupted by itself.  Machines differ:
// the interrupt controller of a PC lets the same vector in as soon as it got its EOI, which Linux
// gives before the function is called (DEFINE_IDTENTRY_SYSVEC in arch/x86/kernel/smp.c).
void Lowering::assume_not_nested(int body) {
  const std::string phrase = "no interrupt comes within its own handler";
  std::vector<std::string>& bounds = program_.bounds;
  if (unmasks_since(body, true) && std::find(bounds.begin(), bounds.end(), phrase) == bounds.end())
    bounds.push_back(phrase);
}

// Can another handler of this CPU run between the last step of the code from `body` on and the
// return?  Only then does it matter that the machine does something there (x86: IRET serialises,
// SDM vol. 3, "Serializing Instructions", and the delivery of an interrupt does not).
bool Lowering::return_shows(const Alternative& leave, int body) const {
  const auto other = [&](ir::Role role) {
    for (std::size_t i = 0; i < program_.processes.size(); ++i) {
      const ir::Process& p = program_.processes[i];
      if (p.cpu == now_.cpu && p.role == role && static_cast<int>(i) != now_.process) return true;
    }
    return false;
  };
  const ir::Role here = program_.processes[static_cast<std::size_t>(now_.process)].role;
  if (here == ir::Role::kNmi) return false;  // NMIs of one CPU do not nest
  if (other(ir::Role::kNmi)) return true;
  return leave.body.size() > 1 && other(ir::Role::kInterrupt) && unmasks_since(body, false);
}

void Lowering::return_from(const Decl& d, int body, int exit, Alternative leave, int next) {
  if (!return_shows(leave, body)) {
    silent(exit, std::move(leave.body), next);
    return;
  }
  leave.body.push_back(jump(next));
  const std::string name = "return from " + d.name.text;
  add_edges(exit, name, plain_text(name), {std::move(leave)}, d.span, "machine");
}

}  // namespace stalemate::lang
