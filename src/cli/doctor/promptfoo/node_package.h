#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace provider_host::cli {

/// promptfoo, as installed from npm.
struct NodePackage {
  std::filesystem::path program;  ///< What is on PATH or in node_modules/.bin.
  std::string version;            ///< Empty: not known.
  std::string oldest_node;        ///< As `22.22.0`; empty: not known.
};

/// The one that runs here: in node_modules/.bin of `directory` or of one above, else on PATH.
std::optional<NodePackage> find_promptfoo(const std::filesystem::path& directory);

/// Whether version `a` is older than `b`: numbers with dots, a `v` in front is ignored. Pure.
bool is_older(const std::string& a, const std::string& b);

}  // namespace provider_host::cli
