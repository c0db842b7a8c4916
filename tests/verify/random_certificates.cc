// Certificates of random programs, and what was changed in them, against the reference explorer.
//
//   random_certificates FIRST_SEED COUNT
//
// For each program: a set of states proves a property if and only if the explorer calls it safe;
// the certificate that the fast engine makes of the safe ones is accepted, with the counts of the
// explorer; and nothing that was changed in it is.  Then the IR text is changed: the certificate is
// refused for its fingerprint, and with the right fingerprint accepted if and only if the changed
// program has the same states and is as safe.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../unit/interp/random_program.h"
#include "interp/explore.h"
#include "ir/dump.h"
#include "judge/judge.h"
#include "report/certificate.h"
#include "verify/verify.h"

namespace {

using namespace stalemate;

struct Wrong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void need(bool holds, const std::string& otherwise) {
  if (!holds) throw Wrong(otherwise);
}

// The same program in other words, which random programs do not use: <=, -, arrays that begin with
// 1, the constant first, a variable whose least value is not 0.
class Reworded {
 public:
  // With `errors`, an index may leave its array.
  Reworded(unsigned seed, bool errors) : random_(seed), errors_(errors) {}

  void change(ir::Program& p) {
    for (std::size_t v = 0; v < p.variables.size(); ++v) {
      std::vector<ir::Domain>& dims = p.variables[v].dims;
      shifted_.push_back(dims.size() == 1 && dims[0].kind == ir::Domain::Kind::kSort);
      if (shifted_.back()) dims[0] = interp::test::range(1, dims[0].size());
    }
    for (ir::Property& property : p.properties) {
      if (property.condition) change(property.condition);
      for (ir::ExprRef& e : property.when) change(e);
    }
    for (ir::Step& step : p.steps) {
      change(step.guard);
      change(step.body);
    }
    p.variables.push_back({});
    p.variables.back().name = "constant";
    p.variables.back().domain = interp::test::range(2, 5);
    p.variables.back().init = {2};
  }

 private:
  void change(ir::Block& block) {
    for (ir::Stmt& s : block) {
      for (ir::Place& place : s.places) change(place.variable, place.index);
      for (ir::ExprRef& e : s.values) change(e);
      if (s.condition) change(s.condition);
      change(s.then_block);
      change(s.else_block);
    }
  }

  void change(int variable, std::vector<ir::ExprRef>& index) {
    for (ir::ExprRef& e : index) change(e);
    if (!shifted_[static_cast<std::size_t>(variable)]) return;
    if (errors_ && !ir::is_const(index[0]) && random_() % 4 == 0) return;
    index[0] = ir::binary(ir::Op::kAdd, index[0], ir::constant(1));
  }

  void change(ir::ExprRef& e) {
    ir::Expr out = *e;
    if (out.op == ir::Op::kRead) {
      change(out.variable, out.args);
    } else {
      for (ir::ExprRef& a : out.args) change(a);
    }
    const bool other = random_() % 2 == 0;
    if (other && out.op == ir::Op::kLt) {
      e = ir::negate(ir::binary(ir::Op::kLe, out.args[1], out.args[0]));
      return;
    }
    if (other && out.op == ir::Op::kEq) std::swap(out.args[0], out.args[1]);
    if (other && out.op == ir::Op::kAdd) {
      out.op = ir::Op::kSub;
      out.args[1] = ir::binary(ir::Op::kSub, ir::constant(0), out.args[1]);
    }
    e = std::make_shared<const ir::Expr>(std::move(out));
  }

  std::mt19937 random_;
  const bool errors_;
  std::vector<bool> shifted_;  // per variable
};

// With what a text needs, and explorers do not: processes own their control variables, and the
// choices of a step have names of their own.
ir::Program random_program(unsigned seed) {
  ir::Program p = interp::test::without_leads_to(
      interp::test::RandomProgram(seed, seed % 4 == 0, seed % 3 == 0).build());
  for (std::size_t i = 0; i < p.processes.size(); ++i) {
    ir::Variable& v = p.variables[static_cast<std::size_t>(p.processes[i].control)];
    v.space = ir::Space::kControl;
    v.process = static_cast<int>(i);
  }
  for (ir::Step& step : p.steps) {
    for (std::size_t i = 0; i < step.choices.size(); ++i) {
      step.choices[i].name = "choice" + std::to_string(i);
    }
  }
  if (seed % 2 == 0) p.properties[3].watches = {0};
  p.goals[0].required = seed % 5 == 0;
  if (seed % 7 == 3) {
    p.goals.emplace_back().name = "never";
    p.properties[0].watches = {0, 1};
  }
  Reworded(seed, seed % 4 == 0).change(p);
  p.finish();
  return p;
}

// What the reference explorer finds.
struct Explored {
  Result result;
  std::vector<State> states;  // none after a model error
};

Explored explored(const ir::Program& p) {
  Explored out;
  interp::Options options;
  options.each_state = [&](const State& s) { out.states.push_back(s); };
  interp::explore(p, options);
  options.each_state = nullptr;
  for (std::size_t i = 0; i < p.properties.size(); ++i) {
    options.properties.push_back(static_cast<int>(i));
  }
  out.result = interp::explore(p, options);
  if (!out.result.model_error.empty()) out.states = out.result.model_error_trace.states;
  std::sort(out.states.begin(), out.states.end());
  out.states.erase(std::unique(out.states.begin(), out.states.end()), out.states.end());
  return out;
}

std::string contents(const report::Certificate& c) {
  char* bytes = nullptr;
  std::size_t size = 0;
  std::FILE* const file = open_memstream(&bytes, &size);
  need(c.write(file, {"a random program"}), "the certificate is not written");
  std::fclose(file);
  std::string out(bytes, size);
  std::free(bytes);
  return out;
}

// A certificate of anything, true or not.
std::string forged(const ir::Program& p, const std::vector<int>& claims,
                   const std::vector<State>& states) {
  report::Certificate c(p, claims, 0);
  for (const State& s : states) c.add(s);
  return contents(c);
}

enum class Answer { kVerified, kNotVerified, kBadFile };

struct Verified {
  Answer answer = Answer::kVerified;
  std::string why;
  std::uint64_t transitions = 0;
};

Verified verified(const std::string& text, const std::string& certificate) {
  Verified out;
  try {
    const verify::Model m = verify::read_model(text);
    const verify::Certificate c =
        verify::read_certificate(m, certificate, verify::fingerprint(text));
    out.transitions = verify::verify(m, c);
  } catch (const verify::NotVerified& e) {
    out = {Answer::kNotVerified, e.what()};
  } catch (const verify::BadFile& e) {
    out = {Answer::kBadFile, e.what()};
  }
  return out;
}

class Trial {
 public:
  explicit Trial(unsigned seed)
      : random_(seed), p_(random_program(seed)), text_(ir::dump(p_)), found_(explored(p_)) {}

  void run() {
    const std::vector<PropertyResult>& results = found_.result.properties;
    for (const PropertyResult& r : results) {
      judge(p_, text_, {r.property}, found_.states, found_, "a claim");
    }
    for (const PropertyResult& r : results) {
      const ir::Property& property = p_.properties[static_cast<std::size_t>(r.property)];
      if (r.outcome == Outcome::kSafe && property.cycle.empty()) claims_.push_back(r.property);
    }
    if (claims_.empty()) return;
    make();
    damage();
    for (int i = 0; i < 6; ++i) change();
    for (int i = 0; i < 40; ++i) spoil();
  }

  int accepted = 0, refused = 0, open = 0, same = 0, different = 0;

 private:
  std::size_t pick(std::size_t n) { return random_() % n; }

  // Is the set accepted if and only if that is right?
  void judge(const ir::Program& p, const std::string& text, const std::vector<int>& claims,
             const std::vector<State>& states, const Explored& truth, const std::string& what) {
    bool safe = truth.states == states && truth.result.model_error.empty();
    bool violated = false, cycle = false;
    for (const int claim : claims) {
      const auto i = static_cast<std::size_t>(claim);
      const Outcome outcome = truth.result.properties[i].outcome;
      safe = safe && outcome == Outcome::kSafe;
      violated = violated || outcome == Outcome::kViolated;
      cycle = cycle || !p.properties[i].cycle.empty();
    }
    const Verified v = verified(text, forged(p, claims, states));
    need(v.answer != Answer::kBadFile, what + " cannot be read: " + v.why);
    const bool yes = v.answer == Answer::kVerified;
    if (cycle) {
      // The verifier asks for more, that nobody is stuck, and not who waits with which label.
      need(!yes || !violated, what + " is accepted");
      open += yes != safe ? 1 : 0;
    } else {
      need(yes == safe, what + (yes ? " is accepted" : " is refused: " + v.why));
    }
    ++(yes ? accepted : refused);
  }

  void make() {
    engine::Options options;
    options.properties = claims_;
    report::Certificate c(p_, claims_, 0);
    options.each_state = [&](const State& s) { c.add(s); };
    judge::judge(p_, options);
    certificate_ = contents(c);
    need(certificate_ == forged(p_, claims_, found_.states), "the engines have other states");
    const Verified v = verified(text_, certificate_);
    need(v.answer == Answer::kVerified, "the certificate is refused: " + v.why);
    need(v.transitions == found_.result.counts.transitions, "there are other transitions");
    ++accepted;
  }

  void refuse(const std::string& text, const std::string& certificate, Answer answer,
              const std::string& what) {
    need(verified(text, certificate).answer == answer, what + " is not refused as it should be");
    ++refused;
  }

  void damage() {
    for (int i = 0; i < 8; ++i) {
      std::string flipped = certificate_;
      flipped[pick(flipped.size())] ^= static_cast<char>(1 << pick(8));
      refuse(text_, flipped, Answer::kBadFile, "a flipped bit");
    }
    refuse(text_, certificate_.substr(0, pick(certificate_.size())), Answer::kBadFile,
           "a cut file");
    refuse(text_ + "\n", certificate_, Answer::kBadFile, "a certificate of another text");
    for (int i = 0; i < 4; ++i) {
      std::vector<State> states = found_.states;
      states.erase(states.begin() + static_cast<std::ptrdiff_t>(pick(states.size())));
      refuse(text_, forged(p_, claims_, states), Answer::kNotVerified, "a removed state");
    }
    std::vector<State> twice = found_.states;
    twice.push_back(twice[pick(twice.size())]);
    refuse(text_, forged(p_, claims_, twice), Answer::kBadFile, "a state that is there twice");
    State more = found_.states[pick(found_.states.size())];
    for (int slot = 0; slot < p_.slots; ++slot) {
      const ir::Domain& d = p_.variable_at(slot).domain;
      const auto value = d.lo + static_cast<int>(pick(static_cast<std::size_t>(d.size())));
      more[static_cast<std::size_t>(slot)] = static_cast<ir::Value>(value);
    }
    if (std::binary_search(found_.states.begin(), found_.states.end(), more)) return;
    std::vector<State> states = found_.states;
    states.push_back(more);
    refuse(text_, forged(p_, claims_, states), Answer::kNotVerified, "a state too many");
  }

  // A condition or a statement less, another value, or the opposite condition.
  ir::Program changed_program() {
    ir::Program p = p_;
    ir::Step& step = p.steps[pick(p.steps.size())];
    if (pick(2) == 0 && !step.body.empty()) {
      ir::Stmt& s = step.body[pick(step.body.size())];
      if (pick(2) == 0 || s.places.empty()) {
        step.body.erase(step.body.begin() + (&s - step.body.data()));
      } else {
        const ir::Domain& d =
            p.variables[static_cast<std::size_t>(s.places.back().variable)].domain;
        const auto size = static_cast<std::size_t>(d.size());
        s.values.back() = ir::constant(d.lo + static_cast<int>(pick(size)));
      }
    } else if (step.guard->op == ir::Op::kAnd) {
      std::vector<ir::ExprRef> terms = step.guard->args;
      const std::size_t i = pick(terms.size());
      if (pick(2) == 0) {
        terms.erase(terms.begin() + static_cast<std::ptrdiff_t>(i));
      } else {
        terms[i] = ir::negate(terms[i]);
      }
      step.guard = ir::all_of(terms);
    }
    p.finish();
    return p;
  }

  void change() {
    const ir::Program p = changed_program();
    const std::string text = ir::dump(p);
    if (text == text_) return;
    refuse(text, certificate_, Answer::kBadFile, "a changed text");
    const Explored truth = explored(p);
    judge(p, text, claims_, found_.states, truth, "the set, for a changed program,");
    ++(truth.states == found_.states ? same : different);
  }

  // Any bytes have an answer: what was read is a model, and what was not is refused.
  void spoil() {
    std::string text = text_;
    for (std::size_t n = 1 + pick(4); n > 0; --n) {
      const std::size_t at = pick(text.size()), from = pick(text_.size()), size = pick(12);
      text = text.substr(0, at) + text_.substr(from, size) +
             text.substr(std::min(at + pick(12), text.size()));
      if (text.size() < 100) return;
    }
    std::string certificate = certificate_.substr(0, certificate_.size() - 32);
    certificate.replace(24, 32, verify::fingerprint(text));
    verified(text, certificate + verify::fingerprint(certificate));
  }

  std::mt19937 random_;
  ir::Program p_;
  std::string text_;
  Explored found_;
  std::vector<int> claims_;
  std::string certificate_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: random_certificates FIRST_SEED COUNT\n", stderr);
    return 2;
  }
  const auto first = static_cast<unsigned>(std::strtoul(argv[1], nullptr, 10));
  const auto count = static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10));
  int accepted = 0, refused = 0, open = 0, same = 0, different = 0, failed = 0;
  for (unsigned seed = first; seed != first + count; ++seed) {
    try {
      Trial trial(seed);
      trial.run();
      accepted += trial.accepted;
      refused += trial.refused;
      open += trial.open;
      same += trial.same;
      different += trial.different;
    } catch (const Wrong& e) {
      std::printf("FAILED seed %u: %s\n", seed, e.what());
      ++failed;
    }
  }
  std::printf(
      "%u programs: %d sets accepted, %d refused, as the reference explorer says; %d claims of "
      "cycles left open; changed programs: %d with the same states, %d with others; %d failed\n",
      count, accepted, refused, open, same, different, failed);
  return failed > 0 || accepted == 0 || refused == 0 ? 1 : 0;
}
