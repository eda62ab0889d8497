#include "cli/merge/merge_flags.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <system_error>

#include "cli/option_values.h"

namespace provider_host::cli {
namespace {

std::uint64_t read_expected(const std::string& text) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, count);
  if (text.empty() || read.ec != std::errc() || read.ptr != end) {
    throw CLI::ValidationError("--expect must be a number of calls, not '" + text + "'");
  }
  return count;
}

}  // namespace

void add_merge_flags(CLI::App& app, MergeOptions& options) {
  app.add_option("RESULTS", options.results, "Outputs of batches over the same INPUT, also .gz or .zst")
      ->required()
      ->type_name("");
  app.add_option("-o,--output", options.output, "Write to a file instead of stdout")->type_name("FILE");
  CLI::Option* input = app.add_option("--input", options.input,
                                      "The INPUT of the batches, or - for stdin: each of its calls must be there, with "
                                      "the result of its own line");
  input->type_name("INPUT");
  add_input_format(app, options.input_format)->needs(input);
  const auto expect = [&options](const std::string& text) { options.expect = read_expected(text); };
  app.add_option_function<std::string>("--expect", expect, "How many calls there must be, when INPUT is not at hand")
      ->type_name("N")
      ->excludes(input);
}

}  // namespace provider_host::cli
