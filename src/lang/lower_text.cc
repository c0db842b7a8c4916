// Texts: what the trace shows of a step, a place, a statement.
#include <fmt/format.h>

#include <algorithm>

#include "lang/lexer.h"
#include "lang/lowering.h"

namespace stalemate::lang {

namespace {
using Kind = Type::Kind;
}  // namespace

// "file:line:col" without folders: the program is the same wherever its files lie.
std::string Lowering::short_place(const Span& span) const {
  const std::string where = span.where();
  return where.substr(where.rfind('/') + 1);
}

// The source of a span on one line, without comments, cut at 60 characters.
std::string Lowering::snippet(const Span& span) const {
  if (!span) return {};
  Diagnostics ignored;
  std::string out;
  std::uint32_t end = span.begin;
  for (const Token& t : lex(span.source, span.begin, span.end, ignored)) {
    if (t.kind == Tok::kEnd || (t.text == ";" && t.span.end == span.end)) break;
    if (t.kind == Tok::kDoc) continue;
    if (t.span.begin > end) out += " ";
    end = t.span.end;
    out += span.source->text().substr(t.span.begin, t.span.end - t.span.begin);
    if (out.size() > 60) return out + " ...";
  }
  return out;
}

// The source of a statement with the values of its local names filled in: "if (!pte[P].present)".
ir::Text Lowering::source_text(const Span& span, const Env& env) const {
  if (!span) return {};
  std::map<std::string, const Binding*> names;
  for (const auto& [local, binding] : env) names[local->name] = &binding;
  Diagnostics ignored;
  ir::Text out;
  std::string literal;
  std::uint32_t end = span.begin;
  const auto flush = [&] {
    if (!literal.empty()) out.pieces.push_back({std::move(literal), nullptr, {}});
    literal.clear();
  };
  std::string_view previous;
  for (const Token& t : lex(span.source, span.begin, span.end, ignored)) {
    if (t.kind == Tok::kEnd || (t.text == ";" && t.span.end == span.end)) break;
    if (t.span.begin > end) literal += " ";
    end = t.span.end;
    if (literal.size() + out.pieces.size() * 8 > 60) {
      literal += "...";
      break;
    }
    const auto name = names.find(std::string(t.text));
    const bool local = t.kind == Tok::kName && previous != "." && name != names.end();
    previous = t.text;
    if (t.kind == Tok::kName && t.text == "me" && now_.cpu >= 0) {
      literal += program_.value_name(types_.domain(const_cast<Types&>(types_).sort(0)), now_.cpu);
    } else if (local && name->second->is_place) {
      literal += name->second->place.name;
    } else if (local && name->second->value.type->is_scalar()) {
      flush();
      out.pieces.push_back(
          {"", name->second->value.scalars[0], types_.domain(name->second->value.type)});
    } else {
      literal += span.source->text().substr(t.span.begin, t.span.end - t.span.begin);
    }
  }
  flush();
  return out;
}

ir::Text Lowering::plain_text(std::string s) const {
  ir::Text t;
  t.pieces.push_back({std::move(s), nullptr, {}});
  return t;
}

ir::Text Lowering::text(const Text& t, const Env& env) {
  ir::Text out;
  for (const TextPiece& p : t.pieces) {
    if (p.value == nullptr) {
      out.pieces.push_back({p.literal, nullptr, {}});
      continue;
    }
    if (p.value->kind == ExprKind::kName && p.value->local != nullptr && p.value->local->ref) {
      out.pieces.push_back({env.at(p.value->local).place.name, nullptr, {}});
      continue;
    }
    const Value v = expr(*p.value, env);
    if (v.type->kind == Kind::kSet) {
      out.pieces.push_back({snippet(p.value->span), nullptr, {}});
    } else {
      out.pieces.push_back({"", v.scalars.at(0), types_.domain(v.type)});
    }
  }
  return out;
}

// Text with what is known without a state; other holes show as dots.
std::string Lowering::static_text(const ir::Text& t) const {
  std::string out;
  for (const auto& p : t.pieces) {
    out += p.value == nullptr      ? p.literal
           : ir::is_const(p.value) ? program_.value_name(p.domain, p.value->value)
                                   : "..";
  }
  return out;
}

}  // namespace stalemate::lang
