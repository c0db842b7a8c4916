// Source text and places in it.
//
// A Source owns the text of one file; a Span names a range of bytes in it.  Spans are small
// values that every later layer carries along, so that an error found in the interpreter can
// still point at the line that caused it.
// Tested by tests/unit/base/diagnostic_test.cc.
#ifndef STALEMATE_BASE_SOURCE_H_
#define STALEMATE_BASE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stalemate {

// One file of text.  `name` is what the user is shown (the path as given or found).
class Source {
 public:
  Source(std::string name, std::string text);

  const std::string& name() const { return name_; }
  const std::string& text() const { return text_; }

  struct Position {
    int line = 1;    // 1-based
    int column = 1;  // 1-based, in code points
  };
  // Position of byte `offset`; offsets past the end give the end.
  Position position(std::uint32_t offset) const;
  // Text of a 1-based line, without its newline; empty when there is no such line.
  std::string_view line(int number) const;

 private:
  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> line_starts_;
};

// Bytes [begin, end) of a source.  A Span without a source means "nowhere in particular".
struct Span {
  std::shared_ptr<const Source> source;
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  explicit operator bool() const { return source != nullptr; }
  // "file:line:col", or "" without a source.
  std::string where() const;
};

// From the begin of `a` to the end of `b`; both in the same source.
Span join(const Span& a, const Span& b);

}  // namespace stalemate

#endif  // STALEMATE_BASE_SOURCE_H_
