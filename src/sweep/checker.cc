#include "sweep/checker.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <array>
#include <cstring>
#include <fstream>
#include <stdexcept>

#include "sweep/file.h"

namespace stalemate::sweep {

namespace {

constexpr const char* kOwnFile = "/proc/self/exe";
constexpr const char* kKernelPart = "linux-vdso";  // is in every process and in no file

std::size_t aligned(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

// The build-id among the notes of a loaded segment; empty when there is none.
std::string build_id(const char* notes, std::size_t size, std::size_t alignment) {
  std::size_t at = 0;
  while (at + sizeof(ElfW(Nhdr)) <= size) {
    ElfW(Nhdr) head;
    std::memcpy(&head, notes + at, sizeof head);
    const std::size_t name = at + sizeof head;
    const std::size_t id = name + aligned(head.n_namesz, alignment);
    if (id + head.n_descsz > size) break;
    if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == sizeof ELF_NOTE_GNU &&
        std::memcmp(notes + name, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0) {
      return {notes + id, head.n_descsz};
    }
    at = id + aligned(head.n_descsz, alignment);
  }
  return {};
}

std::string contents(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 1 << 16> part{};
  while (in.read(part.data(), part.size()) || in.gcount() > 0) {
    text.append(part.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.eof()) {
    throw std::runtime_error(fmt::format(
        "error: {}: cannot be read\n  it has no build-id, so its bytes have to tell which build of "
        "stalemate this is",
        path));
  }
  return text;
}

struct Found {
  std::string identity;
  std::string error;
};

// One of the program and its libraries.  No exception may pass through the loader.
int add_object(struct dl_phdr_info* object, std::size_t /*size*/, void* data) {
  auto& found = *static_cast<Found*>(data);
  const std::string name = object->dlpi_name;
  if (name.starts_with(kKernelPart)) return 0;
  try {
    std::string id;
    for (int i = 0; i < object->dlpi_phnum && id.empty(); ++i) {
      const ElfW(Phdr)& segment = object->dlpi_phdr[i];
      if (segment.p_type != PT_NOTE) continue;
      const auto* notes = reinterpret_cast<const char*>(object->dlpi_addr + segment.p_vaddr);
      id = build_id(notes, segment.p_memsz, segment.p_align == 8 ? 8 : 4);
    }
    if (id.empty()) id = contents(name.empty() ? kOwnFile : name);
    found.identity += hash_of(id);
  } catch (const std::exception& e) {
    found.error = e.what();
    return 1;
  }
  return 0;
}

}  // namespace

std::string checker_identity() {
  Found found;
  if (dl_iterate_phdr(add_object, &found) != 0) throw std::runtime_error(found.error);
  return hash_of(found.identity);
}

}  // namespace stalemate::sweep
