#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "platform/process_identity.h"

namespace provider_host::promptfoo {

/// What a one-shot process (client) and the helper say to each other, one frame (wire/frame_codec.h) each:
///
///   helper → client: Hello
///   client → helper: HelperRequest, then a frame with the arguments
///   helper → client: kBegun, then kResult and a frame with the result, or kError
///                    or kRefused or kError alone: the function was not run
///
/// Each decode function throws std::runtime_error for a text that its encode function has not made.

struct Hello {
  std::string version;
};

/// One call and everything that its script can see of the client's process. Texts are any bytes.
struct HelperRequest {
  /// The process that runs the eval; the call's hosts end with it. None: they are kept.
  platform::ProcessIdentity owner;
  std::string interpreter;
  std::string script;
  std::string function;
  std::string directory;
  unsigned umask = 0;
  std::vector<std::string> environment;  ///< NAME=VALUE
};

struct HelperReply {
  enum class Kind : std::uint8_t {
    kRefused,  ///< The real interpreter is to run it; `text` says why.
    kBegun,    ///< From now on the function may have run.
    kResult,
    kError,  ///< `text` is for stderr, after what the script wrote there.
  };
  Kind kind = Kind::kRefused;
  std::string text;
  std::string stdout_text;
  std::string stderr_text;
  int exit_code = 0;
};

std::string encode(const Hello& hello);
std::string encode(const HelperRequest& request);
std::string encode(const HelperReply& reply);

Hello decode_hello(std::string_view text);
HelperRequest decode_request(std::string_view text);
HelperReply decode_reply(std::string_view text);

}  // namespace provider_host::promptfoo
