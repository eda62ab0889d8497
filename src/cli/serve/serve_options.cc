#include "cli/serve/serve_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <utility>

#include "base/byte_size.h"
#include "base/utf8.h"
#include "cli/commands/script_spec.h"
#include "cli/exit_code.h"
#include "cli/option_values.h"

namespace provider_host::cli {
namespace {

constexpr const char* kAddress = "Address and access";
constexpr const char* kApi = "OpenAI's API";
constexpr const char* kLimits = "Limits of clients";
constexpr const char* kLife = "Start and end";
constexpr double kMaxSeconds = 1e6;
constexpr std::uint32_t kMaxHeader = 1U << 20;

constexpr Names<server::ChatPrompt, 2> kChatPrompts = {
    {{"messages", server::ChatPrompt::kMessages}, {"last-user", server::ChatPrompt::kLastUser}}};
constexpr Names<server::Heartbeat, 2> kHeartbeats = {
    {{"comment", server::Heartbeat::kComment}, {"chunk", server::Heartbeat::kChunk}}};

template <typename Target>
CLI::Option* add_size(CLI::App& app, const char* flag, Target& target, std::uint64_t most, const char* what) {
  const auto set = [&target, flag, most](const std::string& text) {
    const auto size = parse_size(text);
    if (!size || *size == 0 || *size > most) {
      throw CLI::ValidationError(std::string(flag) + " must be a size up to " + exact_size(most) +
                                 ", such as 16M, not '" + text + "'");
    }
    target = static_cast<Target>(*size);
  };
  return app.add_option_function<std::string>(flag, set, what)->type_name("SIZE")->default_str(exact_size(target));
}

CLI::Option* add_seconds(CLI::App& app, const char* flag, std::function<void(double)> set, double initial,
                         const char* what) {
  const auto checked = [set = std::move(set), flag](const double& seconds) {
    if (!(seconds >= 0 && seconds <= kMaxSeconds)) {
      throw CLI::ValidationError(std::string(flag) + " must be a number of seconds from 0 to 1000000");
    }
    set(seconds);
  };
  return app.add_option_function<double>(flag, checked, what)
      ->type_name("S")
      ->default_str(CLI::detail::to_string(initial));
}

CLI::Option* add_limit(CLI::App& app, const char* flag, std::chrono::duration<double>& limit, const char* what) {
  return add_seconds(
             app, flag, [&limit](double seconds) { limit = std::chrono::duration<double>(seconds); }, limit.count(),
             what)
      ->group(kLimits);
}

void add_access_flags(CLI::App& app, ServeOptions& options) {
  app.add_option("--listen", options.listen, "Where to listen; port 0 takes a free one")
      ->type_name("ADDRESS:PORT")
      ->capture_default_str()
      ->group(kAddress);
  app.add_option("--port-file", options.port_file, "Write the port to a file once requests are accepted")
      ->type_name("FILE")
      ->group(kAddress);
  app.add_option("--api-key", options.api_key, "Clients must send it as `Authorization: Bearer KEY`; @FILE reads it")
      ->type_name("KEY")
      ->group(kAddress);
  app.add_flag("--allow-unauthenticated", options.server.allow_unauthenticated,
               "Let anyone who reaches the address run the script: without a key, --listen takes loopback only")
      ->group(kAddress);
  app.add_option("--cors-origin", options.server.cors_origins,
                 "Web pages of this origin may call, such as https://chat.example.org; again for more, or *")
      ->type_name("ORIGIN")
      ->allow_extra_args(false)
      ->group(kAddress);
  app.add_option("--access-log", options.server.access_log,
                 "A line for each request, without prompts: a file, - for stderr, or off")
      ->type_name("FILE")
      ->default_str("-")
      ->group(kAddress);
}

void add_limit_flags(CLI::App& app, server::HttpLimits& limits) {
  add_size(app, "--max-body", limits.body, std::uint64_t{1} << 32, "The largest body of a request")->group(kLimits);
  add_size(app, "--max-header", limits.header, kMaxHeader, "The longest header of a request")->group(kLimits);
  app.add_option("--max-connections", limits.connections, "Open connections; further ones get 503")
      ->type_name("N")
      ->check(CLI::Range(std::size_t{1}, std::size_t{1'000'000}).description(""))
      ->capture_default_str()
      ->group(kLimits);
  add_limit(app, "--keep-alive-timeout", limits.idle, "Seconds that a connection may wait for its next request");
  add_limit(app, "--read-timeout", limits.read, "Seconds for the header of a request, and for each 64 KiB of its body");
  add_limit(app, "--write-timeout", limits.write, "Seconds that a client may take nothing of what is sent to it");
}

}  // namespace

void add_server_flags(CLI::App& app, ServeOptions& options) {
  server::ServerOptions& server = options.server;
  server.access_log = "-";
  add_access_flags(app, options);
  app.add_option("--model-name", server.model_name, "Name of the model (default: SCRIPT without .py)")
      ->type_name("NAME")
      ->group(kApi);
  add_choice(app, "--chat-prompt", server.chat_prompt, kChatPrompts,
             "What a chat passes as the prompt: all messages as JSON (default), or the last one of the user")
      ->group(kApi);
  add_seconds(
      app, "--heartbeat", [&server](double seconds) { server.heartbeat = seconds; }, server.heartbeat,
      "Seconds without an item after which a stream gets a sign of life; 0: none")
      ->group(kApi);
  add_choice(app, "--heartbeat-kind", server.heartbeat_kind, kHeartbeats,
             "A comment (default), or an empty chunk for clients that break on comments")
      ->group(kApi);
  add_limit_flags(app, server.limits);
  add_pool_option(app, options.pool, "max_queue", "Calls that may wait for a host; further ones get 429")
      ->group(kLimits);
  app.add_flag("--watch", options.watch,
               "Reload when the script changes, or a module of yours that it has imported; as SIGHUP does")
      ->group(kLife);
  add_seconds(
      app, "--drain-delay", [&options](double seconds) { options.drain_delay = seconds; }, options.drain_delay,
      "After SIGTERM, seconds in which /health/ready says no and all else goes on")
      ->group(kLife);
  add_seconds(
      app, "--drain-timeout", [&options](double seconds) { options.drain_timeout = seconds; }, options.drain_timeout,
      "Seconds that the calls which are there then have to end")
      ->group(kLife);
}

namespace {

std::string key_of(const std::string& text) {
  if (!text.starts_with('@')) return text;
  std::ifstream file(text.substr(1), std::ios::binary);
  std::string key;
  std::getline(file, key, '\0');
  if (!file.eof()) throw UsageError("--api-key: the file '" + to_valid_utf8(text.substr(1)) + "' cannot be read");
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty()) throw UsageError("--api-key: the file '" + to_valid_utf8(text.substr(1)) + "' is empty");
  return key;
}

// Browsers send `Origin` without a path, so another one never matches.
void check_origin(const std::string& origin) {
  const auto scheme = origin.find("://");
  const bool whole = scheme != std::string::npos && scheme > 0 && scheme + 3 < origin.size() &&
                     origin.find_first_of("/?#", scheme + 3) == std::string::npos;
  if (whole || origin == "*" || origin == "null") return;
  throw UsageError("--cors-origin: '" + to_valid_utf8(origin) +
                   "' is no origin; it has a scheme, a host and perhaps a port, such as https://chat.example.org");
}

}  // namespace

void complete_server_options(ServeOptions& options) {
  server::ServerOptions& server = options.server;
  try {
    server.listen = server::ListenAddress::parse(options.listen);
  } catch (const std::invalid_argument& error) {
    throw UsageError(std::string("--listen: ") + error.what());
  }
  server.api_key = key_of(options.api_key);
  const bool sendable = std::ranges::all_of(server.api_key, [](char c) { return c > ' ' && c <= '~'; });
  if (!sendable) throw UsageError("--api-key: a key has printable ASCII characters and no spaces");
  if (server.api_key.empty() && !server.listen.is_loopback() && !server.allow_unauthenticated) {
    throw UsageError(
        "--listen " + options.listen +
        ": whoever reaches this address could run the script. Give an --api-key, or say that this is wanted "
        "by --allow-unauthenticated");
  }
  for (const std::string& origin : server.cors_origins) check_origin(origin);
  if (server.access_log == "off") server.access_log.clear();
  const ScriptSpec spec = parse_script_spec(options.script);
  server.script = spec.script.string();
  server.function = spec.function;
  server.version = PROVIDER_HOST_VERSION;
  if (server.model_name.empty()) server.model_name = spec.script.stem().string();
  server.model_name = to_valid_utf8(server.model_name);
}

}  // namespace provider_host::cli
