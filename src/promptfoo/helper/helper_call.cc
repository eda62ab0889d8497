#include "promptfoo/helper/helper_call.h"

#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <exception>

#include "platform/process_state.h"
#include "promptfoo/helper/connection.h"
#include "promptfoo/helper/helper_address.h"
#include "promptfoo/helper/helper_process.h"
#include "promptfoo/helper/unix_socket.h"

namespace provider_host::promptfoo {
namespace {

using Event = Connection::Event;
using Kind = HelperReply::Kind;

// Without any sign of the helper.
constexpr std::chrono::milliseconds kHelperTimeout{3000};
// Until a helper has been started and has greeted; on a busy machine that may take a while. Then it takes the request,
// with pauses within this time.
constexpr std::chrono::seconds kReachTimeout{10};
// A helper may end just when a client has connected.
constexpr int kAttempts = 3;

using std::chrono::steady_clock;

std::chrono::milliseconds left_until(steady_clock::time_point deadline) {
  return std::max(std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()),
                  std::chrono::milliseconds(0));
}

std::optional<Connection> connect_to(const std::filesystem::path& path) {
  Fd socket = unix_socket();
  const auto address = socket_address(path);
  if (!socket || !address) return std::nullopt;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) return std::nullopt;
  return Connection(std::move(socket));
}

/// One request on one connection.
class Exchange {
 public:
  explicit Exchange(Connection connection) : helper_(std::move(connection)) {}

  enum class Greeting : std::uint8_t { kUsable, kUnusable, kEnded };

  Greeting greet(steady_clock::time_point deadline) {
    try {
      return receive_greeting(deadline);
    } catch (const std::exception&) {
      return Greeting::kUnusable;  // not what a helper says
    }
  }

  std::optional<HelperAnswer> run(const HelperRequest& request, const std::string& arguments,
                                  steady_clock::time_point deadline) {
    const auto gives_up = [&] { return steady_clock::now() >= deadline || platform::is_stopped(pid_); };
    try {
      if (!helper_.send(encode(request), kHelperTimeout, gives_up)) return std::nullopt;
      if (!helper_.send(arguments, kHelperTimeout, gives_up)) return std::nullopt;
      is_sent_ = true;
      return receive_answer();
    } catch (const std::exception& error) {
      if (!is_sent_) return std::nullopt;
      return lost(error.what());  // it may have begun
    }
  }

 private:
  Greeting receive_greeting(steady_clock::time_point deadline) {
    const auto peer = helper_.peer();
    if (!peer) return Greeting::kUnusable;
    pid_ = *peer;
    Event event = Event::kTimeout;
    while (event == Event::kTimeout) {
      const auto left = left_until(deadline);
      event = helper_.receive(std::min(kHelperTimeout, left));
      if (event == Event::kTimeout && (left <= kHelperTimeout || platform::is_stopped(pid_)))
        return Greeting::kUnusable;
    }
    if (event == Event::kEnd) return Greeting::kEnded;
    return decode_hello(helper_.payload()).version == PROVIDER_HOST_VERSION ? Greeting::kUsable : Greeting::kUnusable;
  }

  std::optional<HelperAnswer> receive_answer() {
    while (true) {
      const Event event = helper_.receive(kHelperTimeout);
      if (event == Event::kTimeout) {
        // Refused or not, `begun` may have been sent; then it is received next.
        if (!has_begun_ && platform::is_stopped(pid_)) helper_.refuse_more();
        continue;
      }
      if (event == Event::kEnd) return has_begun_ ? std::optional(lost("its connection was closed")) : std::nullopt;
      HelperAnswer answer{decode_reply(helper_.payload()), {}};
      if (answer.reply.kind == Kind::kRefused) return std::nullopt;
      has_begun_ = true;
      if (answer.reply.kind == Kind::kError) return answer;
      if (answer.reply.kind == Kind::kResult) return receive_result(std::move(answer));
    }
  }

  HelperAnswer receive_result(HelperAnswer answer) {
    Event event = Event::kTimeout;
    while (event == Event::kTimeout) event = helper_.receive(kHelperTimeout);
    if (event == Event::kEnd) return lost("its connection was closed");
    answer.result = helper_.payload();
    return answer;
  }

  static HelperAnswer lost(const std::string& how) {
    HelperReply reply;
    reply.kind = Kind::kError;
    reply.exit_code = 1;
    reply.text = "provider-host-python: the helper process that ran the function ended before it sent a result (" +
                 how + "). The function may have run and is not run again.\n";
    return {std::move(reply), {}};
  }

  Connection helper_;
  pid_t pid_ = 0;
  bool is_sent_ = false;
  bool has_begun_ = false;
};

}  // namespace

std::optional<HelperAnswer> call_helper(const HelperRequest& request, const std::string& arguments) {
  const auto directory = HelperDirectory::open();
  const auto name = helper_name();
  if (!directory || !name) return std::nullopt;
  const auto path = directory->file(*name + ".sock");
  const auto deadline = steady_clock::now() + kReachTimeout;
  for (int attempt = 0; attempt < kAttempts && steady_clock::now() < deadline; ++attempt) {
    auto connection = connect_to(path);
    if (!connection) {
      start_helper(*directory, *name, left_until(deadline));
      connection = connect_to(path);
    }
    if (!connection) continue;
    Exchange exchange(std::move(*connection));
    switch (exchange.greet(deadline)) {
      case Exchange::Greeting::kUsable:
        return exchange.run(request, arguments, deadline);
      case Exchange::Greeting::kUnusable:
        return std::nullopt;
      case Exchange::Greeting::kEnded:
        break;
    }
  }
  return std::nullopt;
}

}  // namespace provider_host::promptfoo
