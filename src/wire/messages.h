#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace provider_host::wire {

/// The messages of docs/protocol.md, as the pool's side writes and reads them. Pure: text in, text out.

inline constexpr int kProtocolVersion = 3;
inline constexpr std::string_view kEndOfDump = "=== end of dump ===";
inline constexpr std::string_view kEndOfCalls = "=== end of calls ===";

/// The start message. Texts must be valid UTF-8.
struct StartMessage {
  std::string_view role = "host";  ///< Or "template": imports the script, and makes hosts (docs/protocol.md).
  int host = 1;
  std::string python;
  std::string script;
  int concurrency = 1;
  std::size_t frame_limit = 0;
  std::string_view nan = "error";
  std::string_view surrogates = "error";
  std::string_view bytes = "error";
  std::string_view event_loop = "asyncio";
  std::uint64_t memory_limit = 0;
  bool core_dumps = false;
  bool no_new_privs = false;
  std::string umask = "inherit";  ///< Or an octal number.
};

// Whole frames, header included.
std::string encode_start(const StartMessage& message);
std::string encode_inspect(std::uint64_t id);
std::string encode_ping(std::uint64_t id);
std::string encode_probe(std::uint64_t id);
std::string encode_dump();
std::string encode_cancel(std::uint64_t id);
std::string encode_close(std::uint64_t id);
std::string encode_credit(std::uint64_t id, std::int64_t bytes);
std::string encode_fork(std::uint64_t id);
std::string encode_reap(std::uint64_t id);

/// What becomes of the items of a function that streams.
enum class CallMode : std::uint8_t {
  kCall,     ///< The host joins them.
  kStream,   ///< They are sent as they come.
  kWatched,  ///< The host joins them, and says when one has come.
};
/// The `type` of the message that asks for it, by mode.
inline constexpr std::array<std::string_view, 3> kCallTypes{"call", "stream", "watched"};

/// Header and payload of a call up to its arguments; the arguments (a JSON array of `args_size` bytes) and kCallSuffix
/// complete the frame. So the arguments are never copied.
std::string encode_call_prefix(std::uint64_t id, std::string_view function, std::string_view api, std::size_t args_size,
                               CallMode mode = CallMode::kCall);
/// The same, appended.
void append_call_prefix(std::string& out, std::uint64_t id, std::string_view function, std::string_view api,
                        std::size_t args_size, CallMode mode = CallMode::kCall);
inline constexpr std::string_view kCallSuffix = "}";
/// The payload size that a call will have.
std::size_t call_payload_size(std::uint64_t id, std::string_view function, std::string_view api, std::size_t args_size);

struct ReadyMessage {
  bool is_template = false;  ///< It is ready to fork, not to run calls.
  std::string python;
  std::string executable;
  double import_ms = 0;
  std::string api = "call";  ///< What calls follow that name no API; or "embedding", "classification".
};
struct FailedMessage {
  std::string_view error;  ///< ERROR as JSON text
};
struct ResultMessage {
  std::uint64_t id = 0;
  std::string_view result;  ///< JSON text
};
struct ErrorMessage {
  std::uint64_t id = 0;
  std::string_view error;  ///< ERROR as JSON text
};
struct ItemMessage {
  std::uint64_t id = 0;
  std::string_view item;  ///< JSON text
};
struct ProgressMessage {
  std::uint64_t id = 0;
};
/// The call was taken back before it began (wire/recall_word.h).
struct RecalledMessage {
  std::uint64_t id = 0;
};
/// A template cannot fork safely, and is a host from now on.
struct UnforkableMessage {
  std::string reason;
};
/// A template has forked a host.
struct ForkedMessage {
  std::uint64_t id = 0;
  int pid = 0;
};
/// It could not.
struct UnforkedMessage {
  std::uint64_t id = 0;
  std::string reason;
};
/// A fork has ended, by `signal` or, when that is 0, with `code`.
struct ExitedMessage {
  std::uint64_t id = 0;
  int code = 0;
  int signal = 0;
  std::uint64_t peak_rss = 0;   ///< Bytes; 0: not known.
  std::uint64_t cpu_limit = 0;  ///< The limit of processor time that it has reached, in seconds; 0: none.
};
struct Violation {
  std::string what;
};

/// What a host said on the call channel. Views point into the payload.
using HostMessage =
    std::variant<ReadyMessage, FailedMessage, ResultMessage, ErrorMessage, ItemMessage, ProgressMessage,
                 RecalledMessage, UnforkableMessage, ForkedMessage, UnforkedMessage, ExitedMessage, Violation>;

/// Reads one payload. The fields of the message, the JSON of its value and that all is UTF-8 are checked.
HostMessage parse_host_message(std::string_view payload);

/// Whether the payload is a pong; anything else a host says on the control channel is a violation.
bool is_pong(std::string_view payload);

}  // namespace provider_host::wire
