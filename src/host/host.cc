// The life of a host:
//
//   fds moved ─▶ dump marker ─▶ control thread ─▶ start frame ─▶ Python ─▶ faulthandler ─▶ frames below
//   ─▶ script imported ─▶ on_host_start ─▶ ready ─▶ calls until the channel ends ─▶ threads, atexit, event loop
//   ─▶ Python finalised ─▶ exit
//
// A template forks hosts once the script is imported; each goes on from there (serve_as_template).
#include "host/host.h"

#include <pybind11/pybind11.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "base/utf8.h"
#include "host/calls/call_channel.h"
#include "host/calls/call_loop.h"
#include "host/calls/cancellations.h"
#include "host/calls/concurrent_loop.h"
#include "host/calls/response_writer.h"
#include "host/calls/send_response.h"
#include "host/channels.h"
#include "host/descriptor_guard.h"
#include "host/graceful_exit.h"
#include "host/health/control_thread.h"
#include "host/health/crash_recorder.h"
#include "host/health/diagnostics.h"
#include "host/health/exec_recorder.h"
#include "host/platform/signals.h"
#include "host/protocol_violation.h"
#include "host/python/bootstrap_modules.h"
#include "host/python/frames_below.h"
#include "host/python/interpreter.h"
#include "host/python/script.h"
#include "host/python/tracing.h"
#include "host/restrictions.h"
#include "host/start_message.h"
#include "host/template/fork_safety.h"
#include "host/template/template.h"
#include "platform/shared_memory.h"
#include "values/python_error.h"
#include "wire/host_memory.h"
#include "wire/json_text.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

constexpr int kUsageExit = 2;
constexpr int kImportFailedExit = 3;

int print_usage() {
  std::fputs(
      "This program runs Python provider scripts for Provider Host. Pools start it by themselves:\n"
      "  provider-host-pythonX.Y --protocol-fds=CALL,CONTROL,DIAGNOSTICS,MEMORY SCRIPT\n"
      "For people there is provider-host (see provider-host --help).\n",
      stderr);
  return kUsageExit;
}

using ProtocolFds = std::array<int, 4>;

// The numbers of --protocol-fds=CALL,CONTROL,DIAGNOSTICS,MEMORY.
std::optional<ProtocolFds> parse_fds(std::string_view argument) {
  constexpr std::string_view kOption = "--protocol-fds=";
  if (!argument.starts_with(kOption)) return std::nullopt;
  const char* at = argument.data() + kOption.size();
  const char* const end = argument.data() + argument.size();
  ProtocolFds fds{};
  for (std::size_t i = 0; i < fds.size(); ++i) {
    if (i > 0 && (at == end || *at++ != ',')) return std::nullopt;
    const auto [next, error] = std::from_chars(at, end, fds[i]);
    if (error != std::errc() || fds[i] < 3) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(fds) : std::nullopt;
}

// What a process consists of that is a host, or may become one. Nothing of it is ever destroyed: other threads, late
// signals and callbacks of event loops may still use it.
struct Parts {
  platform::SharedMemory& memory;
  Channels& channels;  // but for `call`
  Channels::Numbers own_descriptors;
  CallChannel& call;
  Requests* requests = nullptr;
  ControlThread* control = nullptr;
  BootstrapModules* modules = nullptr;  // once there is Python

  [[nodiscard]] wire::HostMemory& shared() const { return *static_cast<wire::HostMemory*>(memory.data()); }
};

// With nothing requested yet.
void start_control_thread(Parts& parts) {
  parts.requests = new Requests{*new Cancellations(), *new StreamCredits(), *new HealthProbe()};
  parts.control = new ControlThread(parts.channels.control.get(), parts.channels.pool.get(), *parts.requests);
}

StartMessage receive_start(CallChannel& channel) {
  while (true) {
    const std::string_view frame = channel.next_frame();
    if (!frame.empty()) {
      StartMessage start = read_start_message(frame);
      channel.set_frame_limit(start.frame_limit);
      return start;
    }
    if (channel.receive() == CallChannel::Received::kEnd) ::_exit(0);  // the pool no longer needs this host
  }
}

// When there is no Python to describe the error with.
[[noreturn]] void fail_without_python(CallChannel& channel, const StartMessage& start, std::string_view why) {
  const std::string message = "Python could not be started as " + start.python + ": " + std::string(why);
  ByteBuffer frame;
  frame.append(std::string_view("\0\0\0\0", wire::kHeaderSize));
  frame.append(R"({"type":"failed","error":{"kind":"import_failed","message":)");
  frame.append(wire::quote(to_valid_utf8(message)));
  frame.append(R"(,"type":"InterpreterError"}})");
  CallChannel::fill_header(frame);
  channel.finish_sending(frame.view(), 0);
  ::_exit(kImportFailedExit);
}

[[noreturn]] void fail_import(CallChannel& channel, ResponseWriter& writer, const py::object& error) {
  writer.failed(error);
  flush_streams();
  send_response(channel, writer);
  ::_exit(kImportFailedExit);
}

// Imports the script, or does `what` else belongs to the start; a failure is reported, with what the function
// `describe` of errors.py makes of it, and ends the process.
template <typename What>
auto do_or_fail(Parts& parts, ResponseWriter& writer, const StartMessage& start, const char* describe, What what) {
  try {
    auto result = what();
    if (in_forked_child()) exit_forked_child(*parts.modules, {});
    return result;
  } catch (py::error_already_set& raised) {
    const py::object error = values::take_python_error(raised);
    if (in_forked_child()) exit_forked_child(*parts.modules, error);
    const auto path = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(start.script.c_str()));
    fail_import(parts.call, writer, parts.modules->function("errors", describe)(error, path));
  }
}

Script import_script(Parts& parts, ResponseWriter& writer, const StartMessage& start) {
  return do_or_fail(parts, writer, start, "import_error", [&] {
    BootstrapModules& modules = *parts.modules;
    // A loop is nothing that forks could share.
    if (start.uvloop) modules.function("event_loop", start.is_template ? "load_uvloop" : "use_uvloop")();
    return Script(modules, start.script);
  });
}

// What a template does once it has imported the script. Returns in each process that is to be a host: in forks of this
// one, or here when it cannot fork. Returns what that host is to be.
StartMessage serve_as_template(Parts& parts, const StartMessage& start, const Script& script) {
  BootstrapModules& modules = *parts.modules;
  ResponseWriter writer(start, modules);
  parts.control->stop();
  const std::string reason = reason_not_to_fork(modules, script, parts.own_descriptors, parts.memory);
  if (reason.empty()) {
    modules.function("forked_host", "freeze")();
    writer.imported("template", script.import_ms(), script.default_api());
    send_response(parts.call, writer);
    make_hosts({parts.call, parts.channels.pool.get(), parts.memory});
    start_control_thread(parts);
    PyOS_AfterFork_Child();
    modules.function("forked_host", "begin")();
  } else {
    writer.unforkable(reason);
    send_response(parts.call, writer);
    start_control_thread(parts);
  }
  parts.control->stay();
  parts.requests->health.set_bootstrap_modules(modules);
  StartMessage host = reason.empty() ? receive_start(parts.call) : start;
  if (host.uvloop) modules.function("event_loop", "use_uvloop")();
  return host;
}

// Whether it has used the event loop.
bool run_host_start(Parts& parts, ResponseWriter& writer, const StartMessage& start, const Script& script) {
  return do_or_fail(parts, writer, start, "host_start_error", [&] {
    const py::object function = script.host_start();
    return function && parts.modules->function("host_start", "run")(function).cast<bool>();
  });
}

// Serves calls until the pool ends the channel.
void serve_calls(Parts& parts, const StartMessage& start, Script& script, ResponseWriter& writer,
                 const Tracing& tracing) {
  const bool has_event_loop = run_host_start(parts, writer, start, script);
  writer.imported("ready", script.import_ms(), script.default_api());
  flush_streams();
  send_response(parts.call, writer);
  const Requests& requests = *parts.requests;
  if (start.concurrency == 1) {
    static auto* const loop = new CallLoop(parts.call, parts.shared().responses, *parts.modules, script, writer,
                                           requests.cancellations, requests.streams, tracing);
    if (has_event_loop) loop->expect_event_loop();
    if (parts.memory.is_whole()) take_recalls();
    loop->run();
  } else {
    static auto* const loop = new ConcurrentLoop(parts.call, *parts.modules, script, start, requests.cancellations,
                                                 requests.streams, tracing);
    loop->run();
  }
}

void run_script(Parts& parts, const StartMessage& first) {
  static auto* const tracing = new Tracing(*parts.modules);
  flush_streams();
  ResponseWriter importing(first, *parts.modules);
  Script script = import_script(parts, importing, first);
  const StartMessage start = first.is_template ? serve_as_template(parts, first, script) : first;
  ResponseWriter writer(start, *parts.modules);
  serve_calls(parts, start, script, writer, *tracing);
}

Parts& take_parts(const ProtocolFds& fds) {
  auto& memory = *new platform::SharedMemory(platform::SharedMemory::map(Fd(fds[3]).get(), sizeof(wire::HostMemory)));
  open_crash_record(static_cast<wire::HostMemory*>(memory.data())->record);
  record_execs();
  auto& channels = *new Channels(take_channels(Fd(fds[0]), Fd(fds[1]), Fd(fds[2])));
  close_other_descriptors(channels);
  guard_descriptors(channels);
  const Channels::Numbers numbers = channels.numbers();
  auto& call = *new CallChannel(std::move(channels.call));
  return *new Parts{memory, channels, numbers, call};
}

[[noreturn]] void serve(const ProtocolFds& fds) {
  Parts& parts = take_parts(fds);
  detach_from_terminal();
  install_dump_marker(parts.channels.diagnostics.get());
  start_control_thread(parts);
  const StartMessage start = receive_start(parts.call);
  if (!start.is_template) parts.control->stay();
  apply_restrictions(start);
  try {
    start_interpreter(start);
  } catch (const std::exception& error) {
    fail_without_python(parts.call, start, error.what());
  }
  auto& modules = *new BootstrapModules();  // other threads use it
  parts.modules = &modules;
  if (!start.is_template) parts.requests->health.set_bootstrap_modules(modules);
  install_fault_handlers_before_faulthandler();
  modules.function("lifecycle", "begin")(parts.channels.diagnostics.get(), dump_signal());
  install_fault_handlers_after_faulthandler();
  put_dump_around_faulthandler();
  run_above_python_frames(modules, start.script, [&] { run_script(parts, start); });
  exit_gracefully(modules, parts.requests->health);
}

}  // namespace

int run_host(int argc, char** argv) {
  const auto fds = argc == 3 ? parse_fds(argv[1]) : std::nullopt;
  if (!fds) return print_usage();
  try {
    serve(*fds);
  } catch (const ProtocolViolation& violation) {
    exit_with(violation);
  } catch (const std::system_error& error) {  // such as the limit of threads
    std::fprintf(stderr, "provider host: %s\n", error.what());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "provider host: internal error: %s\n", error.what());
  }
  ::_exit(ProtocolViolation::kExitCode);
}

}  // namespace provider_host::host
