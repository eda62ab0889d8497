#pragma once

#include <array>
#include <atomic>
#include <cstdint>

namespace provider_host::wire {

/// What a host records while it lives, for the pool to read after its death: memory that both map (HostMemory;
/// docs/protocol.md, "the crash record"). The host writes, also from signal handlers. But for `recall` the
/// pool only reads, and validates what it reads: a call that it never sent is no culprit.
struct CrashRecord {
  static constexpr std::uint64_t kInUse = 0x70'68'62'62'31;  // "phbb1"

  /// kInUse once the host keeps the record; a peer that does not leaves 0 everywhere.
  std::atomic<std::uint64_t> in_use;
  /// How many call and inspect messages the host has taken off its channel.
  std::atomic<std::uint64_t> calls_read;
  /// The call whose code ended the process; 0: no call's code, or not known.
  std::atomic<std::uint64_t> culprit;
  /// How the culprit did it, a CrashRecord::Cause.
  std::atomic<std::uint32_t> cause;
  /// The signal it sent to its own process (kSignalledItself).
  std::atomic<std::uint32_t> signal;
  /// 1 when a fatal signal came from an access to the guard pages below a stack.
  std::atomic<std::uint32_t> stack_overflow;

  /// 1 when a host that has come to its end has no child process.
  std::atomic<std::uint32_t> childless;

  /// What getrusage() said of the peak of resident memory when the host began, in bytes.
  std::atomic<std::uint64_t> peak_rss_at_start;
  /// The last probe that each level of the host has responded to: its control thread, a thread that took the GIL, the
  /// event loop. `loop_probed` is the last probe that found a running loop.
  std::atomic<std::uint64_t> probes_seen;
  std::atomic<std::uint64_t> gil_responded;
  std::atomic<std::uint64_t> loop_probed;
  std::atomic<std::uint64_t> loop_responded;
  /// How long the last responses took, in microseconds.
  std::atomic<std::uint64_t> gil_us;
  std::atomic<std::uint64_t> loop_us;

  /// kInUse when the host is about to become another program, or has; then what that is: its path, its arguments and
  /// the variables that were set since the host began. Texts with a zero byte behind each, an empty one behind the
  /// last; what does not fit is left out.
  std::atomic<std::uint64_t> executes;
  std::array<char, 512> program;
  std::array<char, 1536> arguments;
  std::array<char, 1024> environment;

  /// kInUse when the host begins its calls one after the other and heeds `recall`.
  std::atomic<std::uint64_t> takes_recalls;
  /// Which call the host has begun last, and up to which the pool has taken them back (wire/recall_word.h). The only
  /// word that both sides write.
  std::atomic<std::uint64_t> recall;
  /// How many calls the host has responded to, and how long they took it in all, in nanoseconds: from when it took each
  /// off its channel until its response was sent. Only with `takes_recalls`.
  std::atomic<std::uint64_t> calls_served;
  std::atomic<std::uint64_t> served_ns;

  enum Cause : std::uint32_t {
    kUnknown,
    kFatalSignal,      ///< A fatal signal in its code, or abort().
    kExit,             ///< It called _exit(), as os._exit() does.
    kExecuted,         ///< It became another program, as os.execv() does.
    kLostChannels,     ///< It closed the channels, past the guard that the host puts in front of libc's close().
    kSignalledItself,  ///< It called kill() for its own process, as os.kill(os.getpid(), …) does.
  };
};

static_assert(sizeof(CrashRecord) <= 4096);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<std::uint32_t>::is_always_lock_free);

}  // namespace provider_host::wire
