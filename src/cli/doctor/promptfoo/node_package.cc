#include "cli/doctor/promptfoo/node_package.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>
#include <vector>

#include "cli/doctor/promptfoo/search_path.h"

namespace provider_host::cli {
namespace {

namespace fs = std::filesystem;

std::vector<long> numbers_of(const std::string& version) {
  std::vector<long> numbers;
  for (std::size_t at = 0; at < version.size();) {
    if (std::isdigit(static_cast<unsigned char>(version[at])) == 0) {
      if (!numbers.empty() && version[at] != '.') break;  // -rc.1
      ++at;
      continue;
    }
    const std::size_t end = std::min(version.find_first_not_of("0123456789", at), version.size());
    numbers.push_back(std::strtol(version.substr(at, end - at).c_str(), nullptr, 10));
    at = end;
  }
  return numbers;
}

std::optional<fs::path> locate_promptfoo(const fs::path& directory) {
  for (fs::path each = directory;; each = each.parent_path()) {
    if (fs::path program = each / "node_modules" / ".bin" / "promptfoo"; is_program(program)) return program;
    if (each == each.parent_path()) return on_search_path("promptfoo");
  }
}

// The package.json of the package that the program belongs to.
nlohmann::json description_of(const fs::path& program) {
  std::error_code failed;
  for (fs::path each = fs::canonical(program, failed).parent_path(); each.has_relative_path();
       each = each.parent_path()) {
    std::ifstream stream(each / "package.json");
    if (!stream) continue;
    nlohmann::json description = nlohmann::json::parse(stream, nullptr, false);
    if (description.is_object() && description.value("name", nlohmann::json()) == "promptfoo") return description;
  }
  return nlohmann::json::object();
}

std::string text_at(const nlohmann::json& object, const std::string& pointer) {
  const nlohmann::json value = object.value(nlohmann::json::json_pointer(pointer), nlohmann::json());
  return value.is_string() ? value.get<std::string>() : "";
}

}  // namespace

bool is_older(const std::string& a, const std::string& b) { return numbers_of(a) < numbers_of(b); }

std::optional<NodePackage> find_promptfoo(const fs::path& directory) {
  const auto program = locate_promptfoo(directory);
  if (!program) return std::nullopt;
  const nlohmann::json description = description_of(*program);
  std::string node = text_at(description, "/engines/node");
  node.erase(0, std::min(node.find_first_of("0123456789"), node.size()));
  node.erase(std::min(node.find_first_not_of("0123456789."), node.size()));
  return NodePackage{*program, text_at(description, "/version"), node};
}

}  // namespace provider_host::cli
