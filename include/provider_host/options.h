#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace provider_host {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

/// One line of a host's stdout or stderr, or one of the pool's own messages.
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  int host = 0;             ///< Host number from 1, that of a spare is beyond `workers`; 0 for the pool itself.
  std::string_view source;  ///< "stdout", "stderr" or "pool".
  std::string_view text;    ///< Valid UTF-8, no newline, at most 64 KiB; valid during the call only.
};

/// What a NaN or an infinity in a result becomes.
enum class NanPolicy : std::uint8_t { kError, kNull };
/// What a lone surrogate in a result becomes: an error, or U+FFFD.
enum class SurrogatePolicy : std::uint8_t { kError, kReplace };
/// What `bytes` in a result become: an error, or base64 text.
enum class BytesPolicy : std::uint8_t { kError, kBase64 };

/// What awaitables run on: Python's own event loop, or uvloop, which must be installed in the script's environment. A
/// loop that the script has set itself comes first.
enum class EventLoop : std::uint8_t { kAsyncio, kUvloop };

/// Where the callbacks of `Pool::submit` run.
enum class CallbackThread : std::uint8_t {
  /// On a thread of the pool's for callbacks alone, one after the other in the order of settling.
  kOwn,
  /// Where the call settles, several at a time: one thread switch less, for callbacks that only hand the outcome to a
  /// thread of the caller's. All calls wait meanwhile, so what waits for the pool throws std::logic_error there.
  kSettling,
};

/// The environment of the hosts: that of this process, or only what a program needs to run at all (PATH, HOME, USER,
/// LOGNAME, SHELL, LANG, LANGUAGE, LC_*, TZ, TMPDIR, LD_LIBRARY_PATH, VIRTUAL_ENV) and what is named.
enum class EnvPolicy : std::uint8_t { kInherit, kClean };

/// Whether hosts are forked from a template: one process that has imported the script and runs no calls. Hosts share
/// its memory, and a new one is there in milliseconds (docs/howto/preload.md).
enum class Preload : std::uint8_t {
  kOff,   ///< Each host imports the script by itself.
  kAuto,  ///< Forked where that is safe; otherwise as kOff, and the log says why.
  kOn,    ///< The same, but that it is not safe is a warning.
};

/// How many hosts a pool has: always as many, or between two numbers as calls need them.
struct WorkerRange {
  int min = 1;  ///< Kept when there is nothing to do; 0: none.
  int max = 1;

  constexpr WorkerRange(int count = 1) : min(count), max(count) {}  // NOLINT(google-explicit-constructor)
  constexpr WorkerRange(int least, int most) : min(least), max(most) {}
  [[nodiscard]] constexpr bool is_fixed() const { return min == max; }
  friend bool operator==(const WorkerRange&, const WorkerRange&) = default;
};

/// How a pool is set up. Every default stands beside its field; only `script` has none. All times are seconds and
/// 0 means no limit. `option_table.h` has the name, type and range of each; a value beyond it is a ConfigError.
struct PoolOptions {
  // --- what runs
  std::filesystem::path script;           ///< The provider script, relative to the current directory or absolute.
  std::string python;                     ///< Interpreter, virtual environment directory, version (`3.12`) or name on
                                          ///< PATH. Empty: $PROVIDER_HOST_PYTHON, else the active virtual environment
                                          ///< ($VIRTUAL_ENV), else `python3` on PATH. See `find_interpreter()`.
  std::filesystem::path host_executable;  ///< Empty: found by the interpreter's version (see `interpreters.h`).

  // --- behaviour
  /// Hosts: `4`, or `{1, 8}`. Above 8 without `preload` the pool logs a warning, as each holds the script's memory.
  WorkerRange workers = 1;
  double timeout = 300;        ///< From when a host has the call (promptfoo's default).
  double deadline = 0;         ///< From submission.
  double item_timeout = 0;     ///< For each item of a generator (Call::item_timeout).
  double start_timeout = 120;  ///< From spawn to ready, import included.
  /// Whether Pool's constructor waits for the first host. If not, it returns at once, and calls queue while the script
  /// is imported (`Pool::wait_for_start`). While the import fails they end as `import_failed`; as long as there are
  /// calls it is tried again, after pauses of 1 s to a minute.
  bool wait_for_start = true;
  double shutdown_timeout = 10;  ///< What `shutdown()` and the destructor give to queued and running calls.
  /// What a host that is no longer needed gets to end as a Python program does (threads, `atexit`, finalisation, C
  /// libraries), and its children to see that. Then they are killed, and the log says where its code was.
  double stop_grace = 30;
  /// After a timeout or a cancellation: from asking the code to end (task cancellation, KeyboardInterrupt) to SIGKILL
  /// of its host's process group. A host whose code obeys is kept.
  double interrupt_grace = 1;
  int max_consecutive_crashes = 10;  ///< Crashes without a success between them that open the breaker.
  /// Run a call again, once, when another call has brought its host down; otherwise it is `collateral`.
  bool retry_collateral = true;
  /// How often a call may be run again after its own code has brought its host down; for code that may run twice.
  int retries = 0;
  double retry_backoff = 0.1;    ///< Before the first retry, twice as much before each further one, with jitter.
  int max_crashes_per_call = 2;  ///< A call that has crashed as many hosts is not run again, whatever `retries` says.
  /// Calls with the same function and arguments as ones that have crashed as many hosts are not tried, but
  /// `quarantined`. 0: off.
  int quarantine_after = 0;
  NanPolicy nan = NanPolicy::kError;
  SurrogatePolicy surrogates = SurrogatePolicy::kError;
  BytesPolicy bytes = BytesPolicy::kError;
  bool capture = false;  ///< Give each outcome what the script printed during the call.
  CallbackThread callbacks = CallbackThread::kOwn;
  /// Empty: spdlog's logger `provider_host`. Called on a thread of the pool's for this alone, one line after the other,
  /// so a line may come a moment later than what it is about; flush_log(), shutdown() and a constructor that throws
  /// wait for it. It may take its time and use the pool. When it falls 32 MiB behind, further lines are dropped, and a
  /// warning says how many. One that does not come back is left alone after 5 s at the end, with the lines that it has
  /// not taken. What it throws is dropped.
  std::function<void(const LogLine&)> log;

  double health_interval = 10;  ///< Between two probes of each host (`HostHealth`); 0: none.

  // --- limits and rights of the host processes (docs/security.md)
  std::uint64_t memory_limit = 0;  ///< Address space in bytes (RLIMIT_AS): beyond it allocations fail, in Python with
                                   ///< MemoryError. 0: none.
  bool core_dumps = false;         ///< Whether a crash may write a core file, which holds prompts and keys.
  bool no_new_privs = false;       ///< Nothing that the script executes can gain rights (sudo and the like fail).
  std::optional<int> umask;        ///< Empty: as in this process.
  std::filesystem::path working_directory;  ///< Empty: as in this process.
  EnvPolicy env = EnvPolicy::kInherit;
  std::vector<std::string> env_keep;           ///< Variables kept under kClean, besides the usual ones.
  std::map<std::string, std::string> env_set;  ///< Variables added or replaced, under both policies.

  // --- how hosts start and how many there are (docs/howto/preload.md)
  Preload preload = Preload::kOff;
  int spares = 0;  ///< Hosts that have imported the script and wait to take the place of one that crashes or is
                   ///< recycled.
  double idle_timeout = 60;  ///< Until a host above `workers.min` that has had no call is stopped; 0: never.

  // --- recycling: a host is replaced between calls, its replacement started before it goes; 0: never
  std::uint64_t max_calls_per_host = 0;  ///< After as many calls, or up to 10 % fewer so that hosts do not go together.
                                         ///< No host gets more; calls wait for the replacement if need be.
  std::uint64_t max_rss = 0;  ///< When its resident memory is above, in bytes. A limit that the import alone exceeds is
                              ///< told in the log; hosts are then replaced after pauses of a minute to an hour.

  // --- performance
  int concurrency = 1;  ///< Calls in flight in one host.
  EventLoop event_loop = EventLoop::kAsyncio;
  std::size_t max_queue = 10'000;                    ///< Calls that may wait; 0: no bound.
  double queue_wait = 0;                             ///< How long a caller waits for capacity in a full queue before it
                                                     ///< gets `queue_full`.
  std::size_t frame_limit = std::size_t{256} << 20;  ///< Largest frame in bytes, either way.
};

}  // namespace provider_host
