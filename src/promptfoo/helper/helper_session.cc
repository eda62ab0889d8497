#include "promptfoo/helper/helper_session.h"

#include <chrono>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "process/error_text.h"
#include "promptfoo/helper/failure_text.h"
#include "promptfoo/helper/host_settings.h"
#include "promptfoo/helper/messages.h"

namespace provider_host::promptfoo {
namespace {

using Kind = HelperReply::Kind;

// A client sends its request at once. It reads the response at once, unless it is stopped.
constexpr std::chrono::seconds kClientTimeout{10};
constexpr std::chrono::seconds kResponseTimeout{60};

struct CallRequest {
  HelperRequest request;
  Call call;
};

std::optional<CallRequest> receive_call(Connection& client) {
  if (client.receive(kClientTimeout) != Connection::Event::kFrame) return std::nullopt;
  CallRequest received{decode_request(client.payload()), {}};
  if (client.receive(kClientTimeout) != Connection::Event::kFrame) return std::nullopt;
  received.call.api = Api::kNone;
  received.call.function = received.request.function;
  received.call.args_json = client.payload();
  return received;
}

HelperReply reply_of(Kind kind, const std::string& text = {}) { return {kind, text, {}, {}, 0}; }

void send(Connection& client, const HelperReply& reply, std::string_view result = {}) {
  if (client.send(encode(reply), kResponseTimeout) && reply.kind == Kind::kResult) {
    client.send(result, kResponseTimeout);
  }
}

HelperReply failed(const Error& error, std::string stdout_text, std::string stderr_text) {
  Failure failure = failure_of(error);
  return {Kind::kError, std::move(failure.text), std::move(stdout_text), std::move(stderr_text), failure.exit_code};
}

void answer(Connection& client, const Outcome& outcome) {
  if (outcome.ok()) {
    send(client, {Kind::kResult, {}, outcome.stdout_text, outcome.stderr_text, 0}, outcome.json());
  } else {
    send(client, failed(outcome.error(), outcome.stdout_text, outcome.stderr_text));
  }
}

/// Gives a host back at the end of its scope, unless that was done before.
class HeldHost {
 public:
  HeldHost(WarmHosts& hosts, Lease lease) : hosts_(hosts), lease_(std::move(lease)) {}
  HeldHost(const HeldHost&) = delete;
  HeldHost& operator=(const HeldHost&) = delete;
  ~HeldHost() { give_back(); }
  WarmHost* operator->() const { return lease_.host.get(); }

  void end_call() { hosts_.end_call(lease_); }
  void give_back() {
    if (lease_.host) hosts_.release(std::exchange(lease_, {}));
  }

 private:
  WarmHosts& hosts_;
  Lease lease_;
};

// Whoever has the answer may make the next call at once, which is to find the host free, or about to be.
void run(Connection& client, HeldHost host, Call call) {
  if (!client.send(encode(reply_of(Kind::kBegun)), kClientTimeout)) return;
  const Outcome outcome = host->run(std::move(call), [&] { return client.is_closed(); });
  host.end_call();
  const bool must_settle = host->must_settle();
  if (!must_settle) host.give_back();
  answer(client, outcome);
  if (must_settle) host->settle();
}

void serve(Connection& client, WarmHosts& hosts) {
  if (!client.send(encode(Hello{PROVIDER_HOST_VERSION}), kClientTimeout)) return;
  std::optional<CallRequest> received = receive_call(client);
  if (!received) return;
  Acquired acquired = hosts.acquire(settings_of(received->request), [&] { return client.is_closed(); });
  if (auto* const lease = std::get_if<Lease>(&acquired)) {
    run(client, HeldHost(hosts, std::move(*lease)), std::move(received->call));
  } else if (const auto* const error = std::get_if<Error>(&acquired)) {
    send(client, failed(*error, {}, error->stderr_tail));
  } else if (const auto* const refusal = std::get_if<Refusal>(&acquired)) {
    send(client, reply_of(Kind::kRefused, refusal->reason));
  }
}

}  // namespace

void serve_client(Connection& client, WarmHosts& hosts) noexcept {
  try {
    serve(client, hosts);
  } catch (...) {
    // Nothing has run unless `begun` was sent; the client sees the end of the connection either way.
  }
}

}  // namespace provider_host::promptfoo
