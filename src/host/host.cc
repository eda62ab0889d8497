// The life of a host:
//
//   fds moved ─▶ dump marker ─▶ control thread ─▶ start frame ─▶ Python ─▶ faulthandler ─▶ frames below
//   ─▶ script imported ─▶ ready ─▶ calls until the channel ends ─▶ threads, atexit, event loop ─▶ Python finalised
//   ─▶ exit
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
#include "host/health/thread_count.h"
#include "host/protocol_violation.h"
#include "host/python/bootstrap_modules.h"
#include "host/python/frames_below.h"
#include "host/python/interpreter.h"
#include "host/python/script.h"
#include "host/python/tracing.h"
#include "host/restrictions.h"
#include "host/start_message.h"
#include "process/shared_memory.h"
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

wire::HostMemory& shared(const process::SharedMemory& memory) { return *static_cast<wire::HostMemory*>(memory.data()); }

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

// Imports the script and writes the ready message; a failed import is reported and ends the process.
Script import_script(CallChannel& channel, BootstrapModules& modules, ResponseWriter& writer,
                     const StartMessage& start) {
  try {
    if (start.uvloop) modules.function("event_loop", "use_uvloop")();
    Script script(modules, start.script);
    writer.ready(script.import_ms(), script.default_api());
    return script;
  } catch (py::error_already_set& raised) {
    const py::object error = values::take_python_error(raised);
    if (in_forked_child()) exit_forked_child(modules, error);
    const auto path = py::reinterpret_steal<py::object>(PyUnicode_DecodeFSDefault(start.script.c_str()));
    fail_import(channel, writer, modules.function("errors", "import_error")(error, path));
  }
}

// Imports the script and serves calls until the pool ends the channel.
void run_script(CallChannel& channel, const process::SharedMemory& memory, BootstrapModules& modules,
                const StartMessage& start, const Requests& requests) {
  ResponseWriter writer(start, modules);
  static auto* const tracing = new Tracing(modules);
  flush_streams();
  Script script = import_script(channel, modules, writer, start);
  flush_streams();
  send_response(channel, writer);
  // None of these is ever destroyed: late signals and callbacks of event loops may still use it.
  if (start.concurrency == 1) {
    static auto* const loop = new CallLoop(channel, shared(memory).responses, modules, script, writer,
                                           requests.cancellations, requests.streams, *tracing);
    if (memory.is_whole()) take_recalls();
    loop->run();
  } else {
    static auto* const loop =
        new ConcurrentLoop(channel, modules, script, start, requests.cancellations, requests.streams, *tracing);
    loop->run();
  }
}

[[noreturn]] void serve(const ProtocolFds& fds) {
  // Never unmapped.
  const auto& memory =
      *new process::SharedMemory(process::SharedMemory::map(Fd(fds[3]).get(), sizeof(wire::HostMemory)));
  open_crash_record(shared(memory).record);
  record_execs();
  Channels channels = take_channels(Fd(fds[0]), Fd(fds[1]), Fd(fds[2]));
  close_other_descriptors(channels);
  guard_descriptors(channels);
  detach_from_terminal();
  install_dump_marker(channels.diagnostics.get());
  ::signal(SIGINT, SIG_DFL);  // else Python would not turn it into KeyboardInterrupt
  const Requests requests{*new Cancellations(), *new StreamCredits(), *new HealthProbe()};
  start_control_thread(std::move(channels.control), std::move(channels.pool), requests);
  exclude_thread_from_count();
  CallChannel channel(std::move(channels.call));
  const StartMessage start = receive_start(channel);
  apply_restrictions(start);
  try {
    start_interpreter(start);
  } catch (const std::exception& error) {
    fail_without_python(channel, start, error.what());
  }
  auto& modules = *new BootstrapModules();  // never destroyed: other threads use it
  requests.health.set_bootstrap_modules(modules);
  install_fault_handlers_before_faulthandler();
  modules.function("lifecycle", "begin")(channels.diagnostics.get(), dump_signal());
  install_fault_handlers_after_faulthandler();
  put_dump_around_faulthandler();
  run_above_python_frames(modules, start.script, [&] { run_script(channel, memory, modules, start, requests); });
  exit_gracefully(modules, requests.health);
}

}  // namespace

int run_host(int argc, char** argv) {
  const auto fds = argc == 3 ? parse_fds(argv[1]) : std::nullopt;
  if (!fds) return print_usage();
  try {
    serve(*fds);
  } catch (const ProtocolViolation& violation) {
    exit_with(violation);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "provider host: internal error: %s\n", error.what());
  }
  ::_exit(ProtocolViolation::kExitCode);
}

}  // namespace provider_host::host
