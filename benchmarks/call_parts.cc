// Where the user-space time of one call goes: the functions it runs through, one by one, on real frames, without
// sockets. What a whole call takes beyond their sum is the kernel's: sending, receiving, waking.
//   call_parts BYTES
#include <pybind11/embed.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <vector>

#include "host/calls/request.h"
#include "host/calls/response_writer.h"
#include "host/calls/send_response.h"
#include "host/python/script.h"
#include "pool/call/call_state.h"
#include "pool/call/submission.h"
#include "pool/host/call_channel.h"
#include "wire/messages.h"

namespace {

using namespace provider_host;
namespace py = pybind11;

double median_us(int rounds, const std::function<void()>& part) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> durations;
  for (int i = 0; i < rounds; ++i) {
    const auto start = Clock::now();
    part();
    durations.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  std::nth_element(durations.begin(), durations.begin() + rounds / 2, durations.end());
  return durations[static_cast<std::size_t>(rounds / 2)];
}

std::string bytes_of(const internal::CallState& call) {
  std::string bytes;
  for (const auto part : call.frame()) bytes += part;
  return bytes;
}

py::object echo_function() {
  py::dict scope;
  scope["__builtins__"] = py::module_::import("builtins");
  py::exec("def call_api(prompt, options, context):\n    return {'output': prompt}", scope);
  return scope["call_api"];
}

nlohmann::json parts_of(std::size_t size, int rounds) {
  nlohmann::json parts = nlohmann::json::array();
  auto measure = [&](const char* where, const char* what, const std::function<void()>& part) {
    part();  // warm
    parts.push_back({{"where", where}, {"what", what}, {"us", median_us(rounds, part)}});
  };
  const std::string prompt(size, 'x');
  const nlohmann::json none = nlohmann::json::object();
  auto submit = [&] {
    auto submission = internal::Submission::of_api(Api::kCall, prompt, {&none, &none});
    if (find_error(submission, std::size_t{256} << 20)) std::abort();
    return internal::CallState(1, std::move(submission), {.timeout = 300, .deadline = 0, .retries = 0},
                               internal::Clock::now(), nullptr);
  };
  measure("pool", "write the call", [&] { submit(); });

  ByteBuffer call_frame;
  call_frame.append(bytes_of(submit()));
  host::RequestReader reader;
  host::Request request;
  measure("host", "read the call", [&] { request = reader.read(call_frame.view().substr(wire::kHeaderSize)); });
  const py::object function = echo_function();
  py::object value;
  measure("host", "run call_api", [&] { value = host::call_function(function, request.args); });
  host::StartMessage start;
  start.frame_limit = std::size_t{256} << 20;
  host::BootstrapModules modules;
  host::ResponseWriter writer(start, modules);
  measure("host", "write the response", [&] { writer.result(request, value); });
  measure("host", "flush stdout and stderr", [] { host::flush_streams(); });

  host::CallChannel::fill_header(writer.frame());
  wire::FrameDecoder decoder(start.frame_limit, wire::FrameDecoder::Utf8Check::kByParser);
  Outcome outcome;
  // The bytes are there when a read returns, so putting them there is not part of it.
  std::vector<double> durations;
  for (int i = 0; i < rounds; ++i) {
    decoder.feed(writer.frame().view());
    durations.push_back(median_us(1, [&] {
      if (decoder.next() != wire::FrameDecoder::Event::kFrame) std::abort();
      const auto message = wire::parse_host_message(decoder.payload());
      outcome = internal::success_of(decoder, std::get<wire::ResultMessage>(message).result);
    }));
  }
  std::nth_element(durations.begin(), durations.begin() + rounds / 2, durations.end());
  parts.push_back({{"where", "pool"}, {"what", "check the response"}, {"us", durations[durations.size() / 2]}});
  measure("caller", "value()", [&] {
    if (outcome.value().empty()) std::abort();
  });
  return parts;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: call_parts BYTES\n";
    return 2;
  }
  const auto size = static_cast<std::size_t>(std::atol(argv[1]));
  pybind11::initialize_interpreter(false);
  const int rounds = static_cast<int>(std::clamp<std::size_t>(100'000'000 / (size + 2000), 50, 5000));
  std::cout << parts_of(size, rounds).dump() << std::endl;
  std::_Exit(0);  // as a host ends: Python is not finalised
}
