#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "provider_host/call.h"
#include "server/http/limits.h"
#include "server/http/listen_address.h"
#include "server/openai/chat_request.h"

namespace provider_host::server {

/// What is sent on a stream that has nothing else to say, so that proxies do not take it for dead.
enum class Heartbeat : std::uint8_t {
  kComment,  ///< `: ping`, which clients pass over (WHATWG HTML, 9.2.6).
  kChunk,    ///< A chunk of a chat completion with an empty text, for clients that cannot read comments.
};

/// What a request says of the arguments of its call. Views of JSON.
struct RequestArguments {
  Api api = Api::kCall;           ///< Not kNone.
  std::string_view prompt = {};   ///< A string.
  std::string_view options = {};  ///< An object, or empty.
  std::string_view context = {};  ///< The same.
  std::string_view config = {};   ///< The same; goes into `options.config`.
};

/// How a server is set up. Times are seconds, 0 means none.
struct ServerOptions {
  /// The arguments of a call, a JSON array as text. Throws BadRequest.
  using MakeArguments = std::function<std::string(const RequestArguments& request)>;

  ListenAddress listen;
  std::string api_key;                    ///< Empty: none is asked for.
  bool allow_unauthenticated = false;     ///< Without a key, listen elsewhere than on loopback.
  std::vector<std::string> cors_origins;  ///< Web pages of these origins may call; `*`: all.
  HttpLimits limits;
  std::string version;     ///< Of Provider Host.
  std::string script;      ///< As the user typed it.
  std::string function;    ///< Of SCRIPT:FUNCTION; empty: the API's.
  std::string model_name;  ///< UTF-8.
  ChatPrompt chat_prompt = ChatPrompt::kMessages;
  double heartbeat = 15;
  Heartbeat heartbeat_kind = Heartbeat::kComment;
  std::string access_log;  ///< A file; `-`: stderr; empty: none.
  MakeArguments make_arguments;
};

}  // namespace provider_host::server
