#include "faults/fault.h"

#include <algorithm>
#include <stdexcept>

namespace provider_host::chaos {
namespace {

using enum ErrorKind;

constexpr std::string_view kAll = "all";
// A call that comes to its end by its timeout gets so many seconds.
constexpr double kShort = 0.15;

ExpectedOutcomes fine() { return {{}, true}; }
ExpectedOutcomes fine_or(std::vector<ErrorKind> kinds) { return {std::move(kinds), true}; }
ExpectedOutcomes only(std::vector<ErrorKind> kinds) { return {std::move(kinds), false}; }
// An input that crashes its host may be refused when it comes back.
ExpectedOutcomes crash() { return only({kHostCrashed, kQuarantined}); }
// Most often the violation is seen first, sometimes the end of the process.
ExpectedOutcomes violation() { return only({kProtocolError, kHostCrashed}); }

void add_crashes(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what) { table.push_back({name, FaultSource::kScript, what, crash()}); };
  add("kill", "SIGKILL to itself");
  add("terminate", "SIGTERM to itself");
  add("segfault", "reads address 0");
  add("abort", "os.abort()");
  add("exit", "os._exit(7)");
  add("thread-exit", "os._exit(7) in a thread");
  add("stack-overflow", "endless recursion through C");
  add("grandchild", "a grandchild holds every descriptor, its parent dies of SIGKILL");
  table.push_back({.name = "late-death",
                   .what = "dies a moment after its response",
                   .expected = fine_or({kHostCrashed, kQuarantined}),
                   .lingers = true});
  // Its response may be in the response ring already.
  table.push_back({.name = "close-all",
                   .what = "closes every descriptor, those of the protocol too",
                   .expected = fine_or({kProtocolError, kHostCrashed}),
                   .lingers = true});
}

void add_hangs(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what) {
    table.push_back({name, FaultSource::kScript, what, only({kTimeout}), kShort});
  };
  add("sleep", "sleeps for ever");
  add("loop", "an endless loop");
  add("stubborn", "an endless loop that catches KeyboardInterrupt and ignores SIGINT and SIGTERM");
  add("gil", "a C function that never returns and keeps the GIL");
  add("freeze", "SIGSTOP to itself");
}

void add_misbehaviour(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what, ExpectedOutcomes expected) {
    table.push_back({name, FaultSource::kScript, what, std::move(expected)});
  };
  add("sys-exit", "sys.exit()", only({kPythonException}));
  add("raise", "raises an exception of its own", only({kPythonException}));
  add("interrupt", "raises KeyboardInterrupt", only({kPythonException}));
  add("bad-value", "returns or yields NaN", only({kInvalidResponse}));
  add("too-large", "returns or yields more than a frame may have", only({kInvalidResponse}));
  add("orphan", "leaves a child that outlives the call", fine());
  add("daemon", "leaves a child in a session of its own that holds the pipes for two seconds", fine());
  add("fork-returns", "forks; the child returns into the host's loop", fine());
  add("flood", "8 MB of stdout without a newline", fine());
  add("flood-stderr", "8 MB of stderr without a newline", fine());
  add("host-descriptors", "opens files until there are no descriptors left", fine());
  add("threads", "leaves threads that never end", fine());
  add("atexit", "leaves an atexit function that never ends", fine());
  table.push_back({.name = "close-low",
                   .what = "os.closerange(3, 256), with the descriptors of its own event loop",
                   .expected = fine(),
                   .lingers = true});
  table.push_back({.name = "close-output", .what = "closes stdout and stderr", .expected = fine(), .lingers = true});
  table.push_back({.name = "memory",
                   .what = "allocates until there is no memory left (RLIMIT_AS)",
                   .expected = only({kPythonException, kHostCrashed}),
                   .sanitizable = false});
  table.push_back({.name = "memory-kept",
                   .what = "the same, and keeps it",
                   .expected = fine_or({kPythonException, kHostCrashed, kInvalidResponse}),
                   .weight = 0.3,
                   .lingers = true,
                   .sanitizable = false});
}

// Generators that go wrong; every other fault of a script happens in streams, too, behind the first item.
void add_generators(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what) {
    table.push_back({.name = name,
                     .source = FaultSource::kScript,
                     .what = what,
                     .expected = only({kCancelled}),
                     .shape = CallShape::kStream,
                     .endless = true});
  };
  table.push_back({.name = "item-late",
                   .what = "a generator whose second item never comes; item_timeout passes",
                   .expected = only({kTimeout}),
                   .item_timeout = kShort,
                   .shape = CallShape::kGenerator});
  add("close-ignored", "an endless generator that ignores GeneratorExit and yields on");
  add("close-stuck", "an endless generator that sleeps for ever when it is closed");
  add("close-stubborn", "an endless generator that catches everything for ever when it is closed");
}

void add_violations(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what, ExpectedOutcomes expected, double timeout = 0) {
    table.push_back({name, FaultSource::kHostile, what, std::move(expected), timeout});
  };
  add("half-frame", "sends half a frame and exits", violation());
  add("half-hang", "sends half a frame and nothing more", only({kTimeout}), kShort);
  add("silent", "never responds", only({kTimeout}), kShort);
  add("deaf", "never responds, ignores SIGINT and SIGTERM", only({kTimeout}), kShort);
  add("stale-id", "responds to an earlier call again, then this one", fine());
  add("twice", "responds twice", fine());
  add("wrong-id", "responds to a call that never was made", violation());
  add("garbage", "sends bytes that are no frame", violation());
  add("zero-length", "sends a frame of length 0", violation());
  add("too-long", "sends a length of 4 GiB", violation());
  add("not-utf8", "sends a payload that is not UTF-8", violation());
  add("ready-again", "says ready again", violation());
  add("closes-call", "closes its call channel and lives on", violation());
  add("vanishes", "exits instead of responding", crash());
  add("half-item", "sends half an item and exits", violation());
  add("bad-item", "sends an item that is not JSON", violation());
  add("unknown-item", "sends an item of a stream that never was", violation());
  add("unasked-progress", "says that an item has come of a call that is not watched", violation());
  table.push_back({.name = "item-of-call",
                   .source = FaultSource::kHostile,
                   .what = "sends an item of a call that is no stream",
                   .expected = violation(),
                   .shape = CallShape::kPlain});
  table.push_back({.name = "late-item",
                   .source = FaultSource::kHostile,
                   .what = "sends an item behind the response",
                   .expected = fine()});
  // A reader that is fast enough makes room for all of them.
  table.push_back({.name = "overdraws",
                   .source = FaultSource::kHostile,
                   .what = "sends large items without end, and waits for no credit",
                   .expected = only({kProtocolError, kHostCrashed, kCancelled}),
                   .shape = CallShape::kStream,
                   .endless = true});
  table.push_back({.name = "deaf-stream",
                   .source = FaultSource::kHostile,
                   .what = "sends items without end, deaf to close, cancel, SIGINT and SIGTERM",
                   .expected = only({kCancelled}),
                   .shape = CallShape::kStream,
                   .endless = true});
  table.push_back({.name = "bad-control",
                   .source = FaultSource::kHostile,
                   .what = "garbage on the control channel, then the response",
                   .expected = fine_or({kProtocolError}),
                   .lingers = true});
}

void add_readers(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what, ExpectedOutcomes expected, CallShape shape = CallShape::kStream) {
    table.push_back(
        {.name = name, .source = FaultSource::kParent, .what = what, .expected = std::move(expected), .shape = shape});
  };
  add("reader-closes", "the reader closes the stream after a few items", fine_or({kCancelled}));
  add("reader-vanishes", "the reader destroys the stream after a few items", fine_or({kCancelled}));
  add("reader-races", "another thread closes the stream while it is read", fine_or({kCancelled}));
  add("reader-interrupts", "the reader of a stream that hangs is interrupted", fine_or({kCancelled}));
  add("reader-slow", "the reader pauses for up to 30 ms before each item", fine());
  add("reader-lags", "the reader pauses in a stream of some hundred KiB", fine());
  add("item-race", "an item_timeout that passes just when the next item comes", fine_or({kTimeout}),
      CallShape::kGenerator);
}

void add_injected_failures(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what) {
    table.push_back({.name = name,
                     .source = FaultSource::kParent,
                     .what = what,
                     .expected = fine(),
                     .makes_unavailable = true,
                     .exhausts_resources = true});
  };
  add("allocations", "allocations of this process fail, those of the pools' threads and of calls");
  add("system-calls", "system calls of this process fail, with ENOMEM, ENOSPC, EMFILE, EINTR or EIO");
}

void add_attacks(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what, ExpectedOutcomes expected) {
    table.push_back({name, FaultSource::kParent, what, std::move(expected)});
  };
  add("host-killed", "SIGKILL to a ready host from outside", fine());
  add("host-terminated", "SIGTERM to a ready host from outside", fine());
  add("host-stopped", "SIGSTOP to a ready host from outside, SIGCONT up to 50 ms later", fine());
  add("cancel", "a call that is cancelled, queued or running", fine_or({kCancelled}));
  add("deadline", "a deadline of a few milliseconds", fine_or({kTimeout}));
  table.push_back({.name = "host-killed-starting",
                   .source = FaultSource::kParent,
                   .what = "SIGKILL to a host that is being started",
                   .expected = fine(),
                   .weight = 0.5,
                   .makes_unavailable = true});
  table.push_back({.name = "unlisted-killed",
                   .source = FaultSource::kParent,
                   .what = "SIGKILL to a child that serves no calls: a replacement that waits, a host that leaves",
                   .expected = fine(),
                   .weight = 0.5,
                   .makes_unavailable = true});
  add("signals", "signals with a handler to all threads of this process", fine());
  add("timeout-race", "a timeout that passes just when the response comes", fine_or({kTimeout}));
  add("callback-submits", "the callback submits another call to the same pool", fine());
  add("callback-calls", "the callback makes a blocking call to the same pool", fine());
  add_injected_failures(table);
  table.push_back({.name = "descriptors",
                   .source = FaultSource::kParent,
                   .what = "RLIMIT_NOFILE of this process lowered for a moment, while a host is killed",
                   .expected = fine(),
                   .weight = 0.3,
                   .makes_unavailable = true,
                   .sanitizable = false});
}

void add_scenarios(std::vector<Fault>& table) {
  auto add = [&](const char* name, const char* what) { table.push_back({name, FaultSource::kScenario, what, {}}); };
  add("shutdown", "several threads shut pools down while others submit");
  add("callbacks", "callbacks that shut their pool down, drop it, call it, and submit without end");
  add("forks", "children of this process, forked under load, that use pools, destroy them and exit");
  add("no-sigchld", "pools of a process that ignores SIGCHLD");
  add("breaker", "nothing but crashes, until the breaker opens; then it closes again");
  add("full-disk", "a batch whose disk fills up, then --resume");
  add("http-vanishes", "clients of a server that go away in a request, under a call, in a stream");
  add("http-stalls", "clients of a server that never read their stream");
  add("http-halves", "clients of a server that send half a header or body, or close their half of the connection");
  add("http-too-much", "headers, bodies and chunks that are larger than a server takes");
  add("http-garbage", "bytes to a server that are no HTTP, also behind good requests");
  add("http-crashes", "hosts of a server that die under its requests, and in mid-stream");
  add("http-reloads", "a server that imports the script anew under load");
  add("http-drains", "a server that is drained or stopped under load");
  table.push_back({.name = "starved-start",
                   .source = FaultSource::kScenario,
                   .what = "pools that are made with no descriptor left, with one, with two, and so on",
                   .expected = {},
                   .sanitizable = false});
}

std::vector<Fault> table() {
  std::vector<Fault> table;
  add_crashes(table);
  add_hangs(table);
  add_misbehaviour(table);
  add_generators(table);
  add_violations(table);
  add_attacks(table);
  add_readers(table);
  add_scenarios(table);
  return table;
}

}  // namespace

std::string_view to_string(FaultSource source) {
  switch (source) {
    case FaultSource::kScript:
      return "script";
    case FaultSource::kHostile:
      return "hostile host";
    case FaultSource::kParent:
      return "from outside";
    case FaultSource::kScenario:
      return "scenario";
  }
  return "";
}

bool ExpectedOutcomes::has(ErrorKind kind) const { return std::ranges::find(kinds, kind) != kinds.end(); }

const std::vector<Fault>& all_faults() {
  static const std::vector<Fault> faults = table();
  return faults;
}

std::vector<const Fault*> faults_named(const std::vector<std::string>& names) {
  std::vector<const Fault*> faults;
  for (const std::string& name : names) {
    if (name != kAll && std::ranges::none_of(all_faults(), [&](const Fault& fault) { return fault.name == name; }))
      throw std::invalid_argument("there is no fault '" + name + "'; --list shows them all");
  }
  for (const Fault& fault : all_faults()) {
    const bool named = std::ranges::any_of(names, [&](const auto& name) { return name == kAll || name == fault.name; });
    if (named || (names.empty() && !fault.exhausts_resources)) faults.push_back(&fault);
  }
  return faults;
}

}  // namespace provider_host::chaos
