#include "cli/commands/call_arguments.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "cli/exit_code.h"
#include "cli/io/json_text.h"
#include "cli/suggestion.h"

namespace provider_host::cli {
namespace {

std::string all_of(std::istream& stream) {
  std::string text;
  while (stream) {                   // read() throws nothing, an iterator over the buffer does
    std::array<char, 65'536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
    stream.read(piece.data(), piece.size());
    text.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  }
  return text;
}

std::string all_of_stdin(std::string_view option) {
  // A stream does not distinguish a closed descriptor, a directory or a read error from the end.
  std::string text;
  std::array<char, 65'536> piece;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled as far as used
  while (true) {
    const ssize_t count = ::read(STDIN_FILENO, piece.data(), piece.size());
    if (count == 0) return text;
    if (count > 0) {
      text.append(piece.data(), static_cast<std::size_t>(count));
    } else if (errno != EINTR) {
      throw UsageError(std::string(option) + ": cannot read stdin: " + std::strerror(errno));
    }
  }
}

std::string content_of(std::string_view option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text = all_of(file);
  if (!file.is_open() || file.bad()) {
    const int error = errno;
    throw UsageError(std::string(option) + ": cannot read '" + path + "': " + std::strerror(error) +
                     (error == ENOENT ? file_suggestion(path) : std::string()));
  }
  return text;
}

std::string checked(std::string_view option, const std::string& name, std::string_view content) {
  const std::string_view json = without_byte_order_mark(content);
  if (const auto message = json_error(json)) {
    throw UsageError(std::string(option) + ": " + name + " is no JSON: " + *message);
  }
  return std::string(trim(json));
}

std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

RawObject object_of_option(std::string_view option, const std::string& text) {
  if (text.empty()) return {};
  const std::string json = json_of_option(option, text);
  if (!is_object(json)) throw UsageError(std::string(option) + ": a JSON object is due, such as {\"key\": \"value\"}");
  return RawObject::parse(json);
}

std::pair<std::string, std::string> split_pair(std::string_view option, const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(std::string(option) + ": '" + text + "' is not of the form KEY=VALUE");
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::string config_value(const std::string& key, const std::string& text) {
  const std::string option = "--config " + key;
  if (text.starts_with('@')) return json_of_option(option, text);
  if (!json_error(text)) return checked_json(text);
  throw UsageError(option + ": '" + text + "' is no JSON; quote a string, as in --config '" + key + "=\"" + text +
                   "\"'");
}

// The object that is the value of `key`, empty when there is none. Throws JsonError when it is something else.
RawObject inner_object(const RawObject& object, std::string_view name, std::string_view key) {
  const std::string* raw = object.find(key);
  if (raw == nullptr) return {};
  if (!is_object(*raw)) throw JsonError(std::string(name) + "." + std::string(key) + " must be an object");
  return RawObject::parse(*raw);
}

void check_utf8(std::string_view option, const std::string& text) {
  try {
    quote(text);
  } catch (const JsonError& error) {
    throw UsageError(std::string(option) + ": " + error.what());
  }
}

}  // namespace

std::string json_of_option(std::string_view option, const std::string& text) {
  if (text.starts_with('@')) return checked(option, text.substr(1), content_of(option, text.substr(1)));
  return checked(option, "'" + text + "'", text);
}

std::string json_of_prompt(std::string_view option, const std::string& text) {
  return text == "-" ? checked(option, "stdin", all_of_stdin(option)) : json_of_option(option, text);
}

std::string text_of_prompt(std::string_view option, const std::string& text) {
  if (text.starts_with("@@")) return text.substr(1);
  if (text != "-" && !text.starts_with('@')) return text;
  std::string content;
  try {
    content = text == "-" ? all_of_stdin(option) : content_of(option, text.substr(1));
  } catch (const UsageError& error) {
    if (text == "-") throw;
    throw UsageError(std::string(error.what()) + "; a prompt that starts with @ is written with two: '@" + text + "'");
  }
  return std::string(without_line_end(without_byte_order_mark(content)));
}

CallArguments::CallArguments(const ArgumentTexts& texts) {
  try {
    options_.set("config", "{}");
    options_.merge(object_of_option("--options", texts.options));
    context_.set("vars", "{}");
    context_.merge(object_of_option("--context", texts.context));
    if (!texts.config.empty()) {
      RawObject config = inner_object(options_, "--options", "config");
      for (const std::string& text : texts.config) {
        const auto [key, value] = split_pair("--config", text);
        check_utf8("--config", key);
        config.set(key, config_value(key, value));
      }
      options_.set("config", config.text());
    }
    if (!texts.vars.empty()) {
      RawObject vars = inner_object(context_, "--context", "vars");
      for (const std::string& text : texts.vars) {
        check_utf8("--var", text);
        const auto [key, value] = split_pair("--var", text);
        vars.set(key, quote(value));
      }
      context_.set("vars", vars.text());
    }
  } catch (const JsonError& error) {
    throw UsageError(error.what());
  }
}

std::string CallArguments::of_prompt(Api api, std::string_view prompt, const ArgumentOverrides& overrides) const {
  RawObject options = options_;
  if (overrides.options != nullptr) options.merge(*overrides.options);
  if (overrides.identity != nullptr) overrides.identity->complete_options(options);
  std::string text = "[";
  text += prompt;
  text += ',';
  text += options.text();
  if (api == Api::kCall) {
    RawObject context = context_;
    if (overrides.context != nullptr) context.merge(*overrides.context);
    if (overrides.vars != nullptr) {
      RawObject vars = inner_object(context, "context", "vars");
      vars.merge(*overrides.vars);
      context.set("vars", vars.text());
    }
    if (prompt.size() <= kMaxRepeatedPrompt && context.find("prompt") == nullptr) {
      const std::string raw(prompt);
      context.set("prompt", "{\"raw\":" + raw + ",\"label\":" + raw + "}");
    }
    if (overrides.identity != nullptr) overrides.identity->complete_context(context, overrides.index, overrides.id);
    text += ',';
    text += context.text();
  }
  text += ']';
  return text;
}

}  // namespace provider_host::cli
