#pragma once

#include <fstream>
#include <string>

#include "end_to_end/script_pool.h"
#include "helpers/temporary_directory.h"

namespace provider_host {

/// Tests that write the script they need, and may write another one over it.
class WrittenScript : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(path()) << text; }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "provider.py"; }
  /// A path beside the script.
  [[nodiscard]] std::filesystem::path beside(const std::string& name) const { return directory_.path() / name; }

  PoolOptions options() {
    PoolOptions options = options_for("", &lines_);
    options.script = path();
    return options;
  }

  PrintedLines lines_;
  TemporaryDirectory directory_;
};

}  // namespace provider_host
