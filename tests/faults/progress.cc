#include "faults/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace provider_host::chaos {
namespace {

constexpr double kBetweenLines = 10;

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

Progress::Progress() : terminal_(::isatty(STDERR_FILENO) == 1), shown_(now()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::show(const std::string& text) {
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", text.c_str());
    drawn_ = true;
  } else if (now() - shown_ >= kBetweenLines) {
    shown_ = now();
    std::fprintf(stderr, "%s\n", text.c_str());
  }
}

void Progress::say(const std::string& text) {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
  std::fprintf(stderr, "%s\n", text.c_str());
}

}  // namespace provider_host::chaos
