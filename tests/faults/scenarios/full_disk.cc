#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "faults/scenarios/scenarios.h"

namespace provider_host::chaos {
namespace {

namespace fs = std::filesystem;

constexpr int kLines = 3000;

// A directory on a small disk of its own, where this user may mount one.
class SmallDisk {
 public:
  SmallDisk() {
    std::string name = (fs::temp_directory_path() / "provider_host_chaos_XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw fs::filesystem_error("mkdtemp", name, std::error_code(errno, std::generic_category()));
    directory_ = name;
    fs::create_directory(disk());
    mounted_ = ::mount("none", disk().c_str(), "tmpfs", 0, "size=64k") == 0;
  }
  ~SmallDisk() {
    std::error_code ignored;
    if (mounted_) ::umount2(disk().c_str(), MNT_DETACH);
    fs::remove_all(directory_, ignored);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const fs::path& directory() const { return directory_; }
  [[nodiscard]] fs::path disk() const { return directory_ / "disk"; }
  void grow() const { ::mount("none", disk().c_str(), "tmpfs", MS_REMOUNT, "size=16m"); }

 private:
  fs::path directory_;
  bool mounted_ = false;
};

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Runs a batch and returns its exit code.
int run_batch(const fs::path& directory, const fs::path& output, const std::string& more) {
  const std::string program = fs::read_symlink("/proc/self/exe").parent_path() / "provider-host";
  const std::string command = "'" + program + "' batch '" CHAOS_DIRECTORY "/chaos_provider.py' '" +
                              (directory / "prompts.txt").string() + "' -o '" + output.string() + "' " + more + " 2>'" +
                              (directory / "stderr").string() + "'";
  const int status = std::system(command.c_str());  // NOLINT(cert-env33-c): for the redirection
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<std::string> faults_of_output(const fs::path& output) {
  std::set<int> indexes;
  std::ifstream file(output);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (json.is_discarded() || !json.value("ok", false))
      return {"a line is not as it should be: " + line.substr(0, 200)};
    const int index = json.value("index", -1);
    if (json["result"]["output"] != "line " + std::to_string(index) || !indexes.insert(index).second)
      return {"a line is another one's, or there twice: " + line.substr(0, 200)};
  }
  if (indexes.size() == kLines) return {};
  return {std::to_string(indexes.size()) + " of " + std::to_string(kLines) + " lines"};
}

std::vector<std::string> fill(const SmallDisk& disk) {
  const fs::path output = disk.mounted() ? disk.disk() / "out.jsonl" : fs::path("/dev/full");
  const int code = run_batch(disk.directory(), output, "");
  const std::string said = read(disk.directory() / "stderr");
  std::vector<std::string> violations;
  if (code != 4) violations.push_back("it exited with " + std::to_string(code) + ", not 4");
  if (said.find("No space left on device") == std::string::npos)
    violations.push_back("it said: " + said.substr(0, 500));
  if (!disk.mounted()) return violations;
  disk.grow();
  if (const int again = run_batch(disk.directory(), output, "--resume"); again != 0)
    violations.push_back("--resume exited with " + std::to_string(again) + ": " + read(disk.directory() / "stderr"));
  for (std::string& fault : faults_of_output(output)) violations.push_back(std::move(fault));
  return violations;
}

}  // namespace

void disk_fills_up(const Settings& /*settings*/, OutcomeChecker& outcomes, Invariants& invariants) {
  const SmallDisk disk;
  {
    std::ofstream prompts(disk.directory() / "prompts.txt");
    for (int i = 0; i < kLines; ++i) prompts << "line " << i << '\n';
  }
  outcomes.add_injected("full-disk");
  invariants.add("full disk: a batch says so, and --resume completes it", fill(disk),
                 disk.mounted() ? "on a tmpfs of 64 KiB" : "/dev/full only: no disk can be mounted");
}

}  // namespace provider_host::chaos
