#include "pipe/error_reader.h"

#include <array>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace provider_host::pipe {
namespace {

using Tree = nlohmann::json;

template <typename Field>
struct Member {
  std::string_view name;
  Field Error::*field;
};

constexpr std::array kTexts = {
    Member<std::string>{"message", &Error::message},    Member<std::string>{"type", &Error::type},
    Member<std::string>{"path", &Error::path},          Member<std::string>{"partial", &Error::partial},
    Member<std::string>{"phase", &Error::phase},        Member<std::string>{"verdict", &Error::verdict},
    Member<std::string>{"stack", &Error::stack},        Member<std::string>{"last_error", &Error::last_error},
    Member<std::string>{"stderr", &Error::stderr_tail}, Member<std::string>{"traceback", &Error::traceback},
};
constexpr std::array kOptionalTexts = {Member<std::optional<std::string>>{"culprit", &Error::culprit}};
constexpr std::array kIntegers = {
    Member<std::optional<int>>{"signal", &Error::signal},
    Member<std::optional<int>>{"exit_code", &Error::exit_code},
    Member<std::optional<int>>{"crashes", &Error::crashes},
};
constexpr std::array kSizes = {
    Member<std::optional<std::uint64_t>>{"peak_rss", &Error::peak_rss},
    Member<std::optional<std::uint64_t>>{"limit", &Error::limit},
};
constexpr std::array kSeconds = {
    Member<std::optional<double>>{"queued_s", &Error::queued_s},
    Member<std::optional<double>>{"ran_s", &Error::ran_s},
    Member<std::optional<double>>{"retry_after", &Error::retry_after},
};

bool is_int(const Tree& value) {
  using Limits = std::numeric_limits<int>;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::uint64_t{Limits::max()};
  return value.is_number_integer() && value.get<std::int64_t>() >= Limits::min();
}

// Sets the fields whose members are there; those must be of the type that `fits` tells.
template <typename Members, typename Fits>
void read_members(Error& error, const Tree& object, const Members& members, Fits fits) {
  for (const auto& [name, field] : members) {
    const auto found = object.find(name);
    if (found == object.end()) continue;
    if (!fits(*found)) throw std::runtime_error("a member of an error is of the wrong type: " + std::string(name));
    using Field = std::remove_reference_t<decltype(error.*field)>;
    if constexpr (std::is_same_v<Field, std::string>) {
      error.*field = found->template get<std::string>();
    } else {
      error.*field = found->template get<typename Field::value_type>();
    }
  }
}

}  // namespace

Error read_error(std::string_view text) {
  const Tree object = Tree::parse(text, nullptr, false);
  if (!object.is_object()) throw std::runtime_error("an error is no JSON object");
  const auto kind_name = object.find("kind");
  const auto kind = kind_name != object.end() && kind_name->is_string()
                        ? parse_error_kind(kind_name->get_ref<const std::string&>())
                        : std::nullopt;
  if (!kind || !object.contains("message")) throw std::runtime_error("an error has no known kind, or no message");
  Error error;
  error.kind = *kind;
  read_members(error, object, kTexts, [](const Tree& value) { return value.is_string(); });
  read_members(error, object, kOptionalTexts, [](const Tree& value) { return value.is_string(); });
  read_members(error, object, kIntegers, &is_int);
  read_members(error, object, kSizes, [](const Tree& value) { return value.is_number_unsigned(); });
  read_members(error, object, kSeconds, [](const Tree& value) { return value.is_number(); });
  return error;
}

}  // namespace provider_host::pipe
