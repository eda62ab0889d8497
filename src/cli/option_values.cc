#include "cli/option_values.h"

#include <charconv>
#include <cmath>

#include "cli/units.h"

namespace provider_host::cli {
namespace {

template <typename Number>
CLI::Option* add_whole_number(CLI::App& app, const char* flag, Number& target, Number least, const std::string& what) {
  const auto check = [least](const std::string& text) -> std::string {
    Number value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data(), end, value);
    if (read.ec == std::errc::result_out_of_range && text.front() != '-') return "'" + text + "' is too large a number";
    if (read.ec == std::errc() && read.ptr == end && value >= least) return "";
    return "'" + text + "' is no whole number of at least " + std::to_string(least);
  };
  return app.add_option(flag, target, what)->check(CLI::Validator(check, ""))->type_name("N")->capture_default_str();
}

}  // namespace

CLI::Option* add_number(CLI::App& app, const char* flag, int& target, int least, const std::string& what) {
  return add_whole_number(app, flag, target, least, what);
}

CLI::Option* add_number(CLI::App& app, const char* flag, std::uint64_t& target, std::uint64_t least,
                        const std::string& what) {
  return add_whole_number(app, flag, target, least, what);
}

CLI::Option* add_seconds(CLI::App& app, const char* flag, double& target, const std::string& what,
                         const std::string& zero) {
  const auto check = [zero](const std::string& text) -> std::string {
    double value = 0;
    if (CLI::detail::lexical_cast(text, value) && std::isfinite(value) && value >= 0) return "";
    return "'" + text + "' is no number of seconds; 0 means " + zero;
  };
  return app.add_option(flag, target, what)->check(CLI::Validator(check, ""))->type_name("S")->capture_default_str();
}

CLI::Option* add_size(CLI::App& app, const char* flag, std::uint64_t& target, const std::string& what) {
  const auto read = [&target, flag](const std::string& text) {
    const auto bytes = parse_size(text);
    if (!bytes) throw CLI::ValidationError(flag, "'" + text + "' is no size; give " + std::string(kSizeForms));
    target = *bytes;
  };
  return app.add_option_function<std::string>(flag, read, what)->type_name("SIZE");
}

CLI::Option* add_umask(CLI::App& app, const char* flag, std::optional<int>& target, const std::string& what) {
  const auto read = [&target, flag](const std::string& text) {
    int mask = 0;
    const char* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, mask, 8);
    if (result.ec != std::errc() || result.ptr != end || mask < 0 || mask > 0777) {
      throw CLI::ValidationError(flag, "'" + text + "' is no umask; give octal digits from 0 to 777, such as 077");
    }
    target = mask;
  };
  return app.add_option_function<std::string>(flag, read, what)->type_name("OCTAL");
}

}  // namespace provider_host::cli
