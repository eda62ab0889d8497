#include "provider_host/option_table.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

namespace provider_host {
namespace {

// The largest values are what no machine gets to, not what is wise.
constexpr std::int64_t kMaxHosts = 10'000;
constexpr std::int64_t kMaxInFlight = 100'000;
constexpr std::int64_t kMaxTries = 1'000'000;
constexpr std::int64_t kMaxWaiting = 1'000'000'000;
constexpr std::int64_t kMaxCalls = 1'000'000'000'000;
constexpr std::int64_t kMaxMemory = std::int64_t{1} << 57;      // what five levels of page tables address
constexpr std::int64_t kMaxInFrame = std::int64_t{4095} << 20;  // its header has 32 bits for it
constexpr std::int64_t kMinInFrame = 1024;
constexpr std::int64_t kMaxMode = 0777;

// --- a member as an OptionValue, and back

template <typename Member>
OptionValue value_of(const Member& member) {
  if constexpr (std::is_same_v<Member, std::filesystem::path>) {
    return value_of(member.native());
  } else if constexpr (std::is_same_v<Member, std::string>) {
    if (member.empty()) return std::monostate();
    return member;
  } else if constexpr (std::is_same_v<Member, WorkerRange>) {
    return NumberRange{member.min, member.max};
  } else if constexpr (std::is_same_v<Member, std::optional<int>>) {
    if (!member) return std::monostate();
    return std::int64_t{*member};
  } else if constexpr (std::is_unsigned_v<Member> && !std::is_same_v<Member, bool>) {
    return static_cast<std::int64_t>(std::min<Member>(member, std::numeric_limits<std::int64_t>::max()));
  } else if constexpr (std::is_enum_v<Member> || std::is_same_v<Member, int>) {
    return static_cast<std::int64_t>(member);
  } else {
    return member;
  }
}

template <typename Member>
void assign(Member& member, const OptionValue& value) {
  if (std::holds_alternative<std::monostate>(value)) {
    member = Member();
  } else if constexpr (std::is_same_v<Member, std::filesystem::path>) {
    member = std::get<std::string>(value);
  } else if constexpr (std::is_same_v<Member, WorkerRange>) {
    const auto& range = std::get<NumberRange>(value);
    member = WorkerRange(static_cast<int>(range.least), static_cast<int>(range.most));
  } else if constexpr (std::is_same_v<Member, std::optional<int>>) {
    member = static_cast<int>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_enum_v<Member> || (std::is_integral_v<Member> && !std::is_same_v<Member, bool>)) {
    member = static_cast<Member>(std::get<std::int64_t>(value));
  } else {
    member = std::get<Member>(value);
  }
}

// --- rows

template <auto member>
PoolOption option(std::string_view name, OptionType type) {
  PoolOption result;
  result.name = name;
  result.type = type;
  result.get = [](const PoolOptions& options) { return value_of(options.*member); };
  result.assign = [](PoolOptions& options, const OptionValue& value) { provider_host::assign(options.*member, value); };
  return result;
}

template <auto member>
PoolOption number(std::string_view name, std::int64_t least, std::int64_t most, std::string_view zero = "",
                  OptionType type = OptionType::kNumber) {
  PoolOption result = option<member>(name, type);
  result.least = least;
  result.most = most;
  result.zero = zero;
  return result;
}

template <auto member>
PoolOption bytes(std::string_view name, std::int64_t least, std::int64_t most, std::string_view zero = "") {
  return number<member>(name, least, most, zero, OptionType::kSize);
}

template <auto member>
PoolOption time(std::string_view name, std::string_view zero) {
  return number<member>(name, 0, 0, zero, OptionType::kSeconds);
}

// The words of the enumerators 0, 1, …
template <auto member>
PoolOption choice(std::string_view name, std::vector<std::string_view> words) {
  PoolOption result = option<member>(name, OptionType::kChoice);
  result.words = std::move(words);
  return result;
}

PoolOption optional(PoolOption option) {
  option.optional = true;
  return option;
}

std::vector<PoolOption> make_table() {
  using Pool = PoolOptions;
  return {
      option<&Pool::script>("script", OptionType::kPath),
      optional(option<&Pool::python>("python", OptionType::kText)),
      optional(option<&Pool::host_executable>("host_executable", OptionType::kPath)),
      number<&Pool::workers>("workers", 0, kMaxHosts, "", OptionType::kRange),
      time<&Pool::timeout>("timeout", "no limit"),
      time<&Pool::deadline>("deadline", "no limit"),
      time<&Pool::item_timeout>("item_timeout", "no limit"),
      time<&Pool::start_timeout>("start_timeout", "no limit"),
      option<&Pool::wait_for_start>("wait_for_start", OptionType::kFlag),
      time<&Pool::shutdown_timeout>("shutdown_timeout", "at once"),
      time<&Pool::stop_grace>("stop_grace", "at once"),
      time<&Pool::interrupt_grace>("interrupt_grace", "at once"),
      number<&Pool::max_consecutive_crashes>("max_consecutive_crashes", 1, kMaxTries),
      option<&Pool::retry_collateral>("retry_collateral", OptionType::kFlag),
      number<&Pool::retries>("retries", 0, kMaxTries),
      time<&Pool::retry_backoff>("retry_backoff", "at once"),
      number<&Pool::max_crashes_per_call>("max_crashes_per_call", 1, kMaxTries),
      number<&Pool::quarantine_after>("quarantine_after", 0, kMaxTries, "never"),
      choice<&Pool::nan>("nan", {"error", "null"}),
      choice<&Pool::surrogates>("surrogates", {"error", "replace"}),
      choice<&Pool::bytes>("bytes", {"error", "base64"}),
      option<&Pool::capture>("capture", OptionType::kFlag),
      time<&Pool::health_interval>("health_interval", "never"),
      bytes<&Pool::memory_limit>("memory_limit", 0, kMaxMemory, "no limit"),
      option<&Pool::core_dumps>("core_dumps", OptionType::kFlag),
      option<&Pool::no_new_privs>("no_new_privs", OptionType::kFlag),
      optional(number<&Pool::umask>("umask", 0, kMaxMode, "", OptionType::kFileMode)),
      optional(option<&Pool::working_directory>("working_directory", OptionType::kPath)),
      choice<&Pool::env>("env", {"inherit", "clean"}),
      option<&Pool::env_keep>("env_keep", OptionType::kNames),
      option<&Pool::env_set>("env_set", OptionType::kVariables),
      choice<&Pool::preload>("preload", {"off", "auto", "on"}),
      number<&Pool::spares>("spares", 0, kMaxHosts, "none"),
      time<&Pool::idle_timeout>("idle_timeout", "never"),
      number<&Pool::max_calls_per_host>("max_calls_per_host", 0, kMaxCalls, "never"),
      bytes<&Pool::max_rss>("max_rss", 0, kMaxMemory, "never"),
      number<&Pool::concurrency>("concurrency", 1, kMaxInFlight),
      choice<&Pool::event_loop>("event_loop", {"asyncio", "uvloop"}),
      number<&Pool::max_queue>("max_queue", 0, kMaxWaiting, "no bound"),
      time<&Pool::queue_wait>("queue_wait", "not at all"),
      bytes<&Pool::frame_limit>("frame_limit", kMinInFrame, kMaxInFrame),
  };
}

}  // namespace

const std::vector<PoolOption>& option_table() {
  static const std::vector<PoolOption> table = make_table();
  return table;
}

}  // namespace provider_host
