#include "cli/usage_error.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/suggestion.h"

namespace provider_host::cli {
namespace {

std::vector<std::string> flags_of(const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    for (const std::string& name : option->get_fnames()) flags.push_back("--" + name);
  }
  return flags;
}

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

std::string flag_complaint(const CLI::App& app, const CLI::App& command, const std::string& typed) {
  const std::string flag = typed.substr(0, typed.find('='));
  const std::string of = &command == &app ? "provider-host" : command.get_name();
  const std::string text = flag + " is no option of " + of;
  if (const std::string near = suggestion(flag, flags_of(command)); !near.empty()) return text + near;
  for (const CLI::App* other : commands_of(app)) {
    const CLI::Option* option = other->get_option_no_throw(flag);
    if (option != nullptr) return text + ", but of " + other->get_name();
  }
  if (flag.starts_with("--")) return text;
  return text + "; what starts with a dash and is none goes behind --";
}

// The arguments that match no option; empty when the error is another one.
std::string extras_complaint(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  const CLI::App& command = chosen.empty() ? app : *chosen.front();
  const std::vector<std::string> rest = app.remaining(true);
  if (rest.empty()) return "";
  if (chosen.empty() && !rest.front().starts_with('-')) {
    std::vector<std::string> names;
    for (const CLI::App* each : commands_of(app)) names.push_back(each->get_name());
    return "'" + rest.front() + "' is no command" + suggestion(rest.front(), names);
  }
  for (const std::string& typed : rest) {
    if (typed.size() > 1 && typed.front() == '-' && typed != "--") return flag_complaint(app, command, typed);
  }
  for (const std::string& typed : rest) {
    if (typed != "--") return "'" + typed + "' is one argument too many; what has spaces in it needs quotes";
  }
  return "";
}

// An option without a value, or with more of them than it takes: CLI11 only says how many are "required".
std::string count_complaint(const CLI::ParseError& error) {
  const std::string text = error.what();
  const std::size_t colon = text.find(": ");
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) == nullptr || colon == std::string::npos) return "";
  const std::string option = text.substr(0, colon);
  if (text.ends_with(" missing")) return option + " needs a value";
  return text.find("At Most 1 ") == std::string::npos ? "" : option + " may be given only once";
}

bool is_typed(const CLI::Option& option, int argc, const char* const* argv) {
  for (int at = 1; at < argc; ++at) {
    const std::string_view word(argv[at]);
    if (option.check_name(std::string(word.substr(0, word.find('='))))) return true;
  }
  return false;
}

// `--preload on`, whose value was taken for an argument of the command.
std::string switch_complaint(int argc, const char* const* argv) {
  for (int at = 1; at + 1 < argc; ++at) {
    const std::string_view word(argv[at + 1]);
    if (std::string_view(argv[at]) != "--preload" || (word != "on" && word != "auto" && word != "off")) continue;
    return "the value of --preload goes behind '=': --preload=" + std::string(word);
  }
  return "";
}

// The message about a value of the environment names the variable, not the option that was not typed.
std::string with_variable(const CLI::App& app, std::string message, int argc, const char* const* argv) {
  for (const CLI::App* command : app.get_subcommands()) {
    for (const CLI::Option* option : command->get_options()) {
      const std::string& variable = option->get_envname();
      if (variable.empty() || std::getenv(variable.c_str()) == nullptr || is_typed(*option, argc, argv)) continue;
      const std::string name = option->get_name();
      if (message.starts_with(name + " ") || message.starts_with(name + ":")) {
        return "the environment variable " + variable + message.substr(name.size());
      }
    }
  }
  return message;
}

}  // namespace

std::string usage_error_message(const CLI::App& app, const CLI::ParseError& error, int argc, const char* const* argv) {
  std::string text = extras_complaint(app);
  if (!text.empty()) {
    if (std::string reason = switch_complaint(argc, argv); !reason.empty()) text = std::move(reason);
  }
  if (text.empty()) text = count_complaint(error);
  if (text.empty()) text = with_variable(app, error.what(), argc, argv);
  const auto chosen = app.get_subcommands();
  return text + "\nAll options: provider-host " + (chosen.empty() ? "" : chosen.front()->get_name() + " ") + "--help";
}

}  // namespace provider_host::cli
