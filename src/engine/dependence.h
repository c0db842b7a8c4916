// Which steps of a Program can tell each other's order apart: exact on cubes, by what they may read
// and write where a step is evaluated instead.
//
// A unit is a step with one choice of values, a way of it a cube, or the step as a whole where it
// has none: in any state at most one way of a unit fires.  Two ways accord when they never fire in
// the same state, or neither keeps the other from firing and both orders end in the same state.
// What is said of a unit holds for all of its ways.  Sets of units are bits in words. Tested by
// tests/unit/engine/stubborn_test.cc.
#ifndef STALEMATE_ENGINE_DEPENDENCE_H_
#define STALEMATE_ENGINE_DEPENDENCE_H_

#include <cstdint>
#include <vector>

#include "engine/cube.h"
#include "engine/layout.h"
#include "ir/ir.h"

namespace stalemate::engine {

class Units {
 public:
  Units() = default;
  explicit Units(std::size_t count) : words_((count + 63) / 64) {}
  void add(std::size_t u) { words_[u / 64] |= std::uint64_t{1} << u % 64; }
  bool has(std::size_t u) const { return (words_[u / 64] >> u % 64 & 1) != 0; }
  void add(const Units& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }
  void remove(const Units& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
  }
  std::size_t words() const { return words_.size(); }
  std::uint64_t word(std::size_t i) const { return words_[i]; }
  void add_word(std::size_t i, std::uint64_t bits) { words_[i] |= bits; }
  void clear() { std::fill(words_.begin(), words_.end(), 0); }
  int count_outside(const Units& other) const;

 private:
  std::vector<std::uint64_t> words_;
};

// Per word of a state.
struct Touched {
  std::vector<Word> read, written;
};

// One way in which a unit may fire.
struct Way {
  int step = -1, choice = 0;
  std::vector<Literal> when;  // all of a cube; of a step that is evaluated, what it needs at least
  std::vector<Write> then;    // of a cube
  std::vector<Word> wild;     // per word: bits that may become anything; empty: none
  Touched touched;
};

// The slots that an expression may read, as ir::add_slots().
void add_reads(const ir::Program& p, const ir::Expr& e, const std::vector<ir::Choice>& choices,
               std::vector<int>& slots);

// Cubes first (numbers as in Steps::cubes), then the steps that are evaluated (Steps::general).
std::vector<Way> ways_of(const ir::Program& p, const Layout& layout, const Steps& steps);

bool accord(const Way& a, const Way& b);

class Dependence {
 public:
  struct Unit {
    int step = -1, choice = 0;
    std::vector<std::uint32_t> ways;
    int process = -1, from = -1;  // as in ir::Step
    std::vector<Literal> common;  // what all of its ways want
  };
  struct Bit {
    std::uint32_t word = 0, shift = 0;
  };

  Dependence(const ir::Program& p, const Layout& layout, const Steps& steps);

  const std::vector<Unit>& units() const { return units_; }
  const std::vector<Way>& ways() const { return ways_; }
  std::size_t unit_of(std::uint32_t way) const { return unit_of_[way]; }
  // Units with a way that does not accord with this one; its own unit is not among them.
  const Units& discord(std::uint32_t way) const { return discord_[way]; }
  // Takes units out of discord(way).
  void spare(std::uint32_t way, const Units& units) { discord_[way].remove(units); }
  // Units that may make a bit `value`.
  const Units& writers(Bit bit, bool value) const { return value ? of(bit).one : of(bit).zero; }
  // Units that may write something that the unit reads.
  Units writers_for(std::size_t unit) const;
  // The process whose location a bit belongs to, if no unit of another one writes it; else -1.
  int process_at(Bit bit) const { return of(bit).process; }
  // The units of a process at a location (as ir::Step::from).
  const Units& at(int process, int location) const;
  // Where its control is, if none but its own units move it; else false.
  bool moves_itself(int process) const { return control_[static_cast<std::size_t>(process)].own; }
  const Field& control(int process) const {
    return control_[static_cast<std::size_t>(process)].field;
  }
  int location(int process, const Word* state) const {
    const Field& f = control(process);
    return f.lo + static_cast<int>(state[f.word] >> f.shift & ((Word{1} << f.bits) - 1));
  }
  Units none() const { return Units(units_.size()); }

 private:
  struct Control {
    Field field;
    bool own = true;
  };

  void find_units(const ir::Program& p);
  void find_writers(std::size_t words);
  void find_controls(const ir::Program& p, const Layout& layout);
  void find_discord();
  Touched touched_by(const Unit& u) const;

  std::vector<Way> ways_;
  std::vector<Unit> units_;
  std::vector<std::uint32_t> unit_of_;
  std::vector<Units> discord_;
  struct OfBit {
    Units zero, one;   // that may write it
    int process = -1;  // see process_at()
  };
  OfBit& of(Bit bit) { return bits_[bit.word * 64 + bit.shift]; }
  const OfBit& of(Bit bit) const { return bits_[bit.word * 64 + bit.shift]; }

  std::vector<OfBit> bits_;             // 64 for each word
  std::vector<Control> control_;        // per process
  std::vector<std::vector<Units>> at_;  // per process and location
};

}  // namespace stalemate::engine

#endif  // STALEMATE_ENGINE_DEPENDENCE_H_
