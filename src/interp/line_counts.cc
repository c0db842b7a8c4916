#include "interp/line_counts.h"

namespace stalemate::interp {

LineCounts::LineCounts(const ir::Program& p) {
  for (const ir::Step& step : p.steps) {
    add(&step, step.span);
    for (const Span& call : step.calls) add(&step, call);
    add(step.body);
  }
}

void LineCounts::add(const ir::Block& body) {
  for (const ir::Stmt& s : body) {
    add(&s, s.span);
    add(s.then_block);
    add(s.else_block);
  }
}

void LineCounts::add(const void* of, const Span& span) {
  if (!span) return;
  const int number = span.source->position(span.begin).line;
  const auto [at, fresh] = line_at_.emplace(std::pair(span.source.get(), number), lines_.size());
  if (fresh) lines_.push_back({span.source, number});
  lines_of_[of].push_back(at->second);
}

void LineCounts::executed(const ir::Stmt& s) { run(&s); }

void LineCounts::fired(const ir::Step& step) {
  run(&step);
  ++transition_;
}

void LineCounts::run(const void* of) {
  const auto found = lines_of_.find(of);
  if (found == lines_of_.end()) return;
  for (const std::size_t i : found->second) {
    if (lines_[i].last == transition_) continue;
    lines_[i].last = transition_;
    ++lines_[i].count;
  }
}

std::map<std::shared_ptr<const Source>, LineCounts::OfFile> LineCounts::counts() const {
  std::map<std::shared_ptr<const Source>, OfFile> out;
  for (const Line& l : lines_) out[l.source][l.number] = l.count;
  return out;
}

}  // namespace stalemate::interp
