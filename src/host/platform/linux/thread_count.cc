#include "host/platform/thread_count.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <string>
#include <string_view>

#include "host/channels.h"

namespace provider_host::host {
namespace {

std::atomic<int> g_excluded = 0;

using Open = FILE* (*)(const char*, const char*);

Open libc_open(const char* name) { return reinterpret_cast<Open>(::dlsym(RTLD_NEXT, name)); }

// Where the number of threads stands, field 20 of proc(5); the second field is a name that may contain anything.
std::string_view thread_count_in(std::string_view stat) {
  constexpr int kSpacesBefore = 18;
  std::size_t at = stat.rfind(')');
  for (int i = 0; i < kSpacesBefore && at != std::string_view::npos; ++i) at = stat.find(' ', at + 1);
  if (at == std::string_view::npos) return {};
  return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::string without_threads_of_host(const std::string& stat) {
  const std::string_view field = thread_count_in(stat);
  int count = 0;
  std::from_chars(field.data(), field.data() + field.size(), count);
  if (count < 2) return stat;
  return std::string(stat).replace(static_cast<std::size_t>(field.data() - stat.data()), field.size(),
                                   std::to_string(std::max(count - g_excluded, 1)));
}

FILE* open_without_threads_of_host(FILE* file) {
  std::array<char, 4096> buffer{};
  const std::string stat = without_threads_of_host({buffer.data(), std::fread(buffer.data(), 1, buffer.size(), file)});
  FILE* const copy = ::fmemopen(nullptr, stat.size() + 1, "w+");
  if (copy == nullptr) {
    std::rewind(file);
    return file;
  }
  std::fclose(file);
  std::fwrite(stat.data(), 1, stat.size(), copy);
  std::rewind(copy);
  return copy;
}

FILE* open_file(Open open, const char* path, const char* mode) {
  FILE* const file = open(path, mode);
  if (file == nullptr || g_excluded == 0 || in_forked_child()) return file;
  return std::string_view(path) == "/proc/self/stat" ? open_without_threads_of_host(file) : file;
}

}  // namespace

void exclude_thread_from_count() { ++g_excluded; }

void include_thread_in_count() { --g_excluded; }

}  // namespace provider_host::host

// These shadow libc's, for every library of the process. Which of the two a library calls depends on how it was
// compiled; by their own names they could not both be defined, as <cstdio> may take one for the other.

extern "C" {
[[gnu::visibility("default")]] FILE* host_fopen(const char* path, const char* mode) asm("fopen");
[[gnu::visibility("default")]] FILE* host_fopen64(const char* path, const char* mode) asm("fopen64");

FILE* host_fopen(const char* path, const char* mode) {
  static const auto open = provider_host::host::libc_open("fopen");
  return provider_host::host::open_file(open, path, mode);
}

FILE* host_fopen64(const char* path, const char* mode) {
  static const auto open = provider_host::host::libc_open("fopen64");
  return provider_host::host::open_file(open, path, mode);
}
}
