#include "ir/identity.h"

#include <cstdint>
#include <map>

#include "ir/dump.h"

namespace stalemate::ir {

namespace {

// Beginnings and ends of spans, each numbered in its order: what is within what stays the same.
class Places {
 public:
  explicit Places(const Program& p) {
    for (const Step& s : p.steps) add(s.span);
    for (const Goal& g : p.goals) add(g.span);
    for (auto& [source, ends] : of_) {
      for (Numbers* numbers : {&ends.begins, &ends.ends}) {
        int n = 0;
        for (auto& [offset, number] : *numbers) number = n++;
      }
    }
  }

  std::string place(const Span& span) const {
    if (!span) return "nowhere";
    const Ends& ends = of_.at(span.source.get());
    return std::to_string(ends.source) + ":" + std::to_string(ends.begins.at(span.begin)) + "-" +
           std::to_string(ends.ends.at(span.end));
  }

 private:
  using Numbers = std::map<std::uint32_t, int>;  // of offsets
  struct Ends {
    int source = -1;  // its number, in the order in which they came up
    Numbers begins, ends;
  };

  void add(const Span& span) {
    if (!span) return;
    Ends& ends = of_[span.source.get()];
    if (ends.source < 0) ends.source = static_cast<int>(of_.size());
    ends.begins[span.begin] = 0;
    ends.ends[span.end] = 0;
  }

  std::map<const Source*, Ends> of_;
};

}  // namespace

std::string identity(const Program& p) {
  const Places places(p);
  std::string text = dump(p);
  // No name holds a zero.
  const auto add = [&](const std::string& part) { text += '\0' + part; };
  for (const std::string& beginning : p.may_be_unreached) add("allowed " + beginning);
  for (const Goal& g : p.goals) add("goal " + places.place(g.span) + " in " + g.inside);
  for (const Step& s : p.steps) add("step " + places.place(s.span));
  return hash_of(text);
}

}  // namespace stalemate::ir
