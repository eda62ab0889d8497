#include "interpreters/interpreter_query.h"

#include <spdlog/fmt/fmt.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "base/modification_time.h"
#include "base/mutex.h"
#include "base/utf8.h"
#include "platform/process_limit.h"
#include "process/command.h"
#include "provider_host/error.h"

namespace provider_host::internal {
namespace {

namespace fs = std::filesystem;

constexpr auto kOutputLimit = std::chrono::seconds(20);
constexpr std::size_t kOutputFields = 10;
// Understood by Python 2 as well, so that it can say what it is. The output is fields that end with a zero byte: paths
// need not be text, nor one line.
constexpr const char* kQueryScript = R"(import sys
if sys.version_info < (3,): sys.exit('Python %d.%d' % sys.version_info[:2])
minor = '%d.%d' % sys.version_info[:2]
try:
    with open('/proc/self/maps', 'rb') as maps:
        mapped = [line.rstrip(b'\n').split(None, 5)[5].replace(b'\\012', b'\n')
                  for line in maps if b'/libpython' + minor.encode() in line]
except OSError:
    import os, sysconfig
    folder, name = sysconfig.get_config_vars('PYTHONFRAMEWORKPREFIX', 'INSTSONAME')
    library = os.path.join(folder or sysconfig.get_config_var('LIBDIR') or '', name or '')
    mapped = [os.fsencode(library)] if os.path.isfile(library) and not library.endswith('.a') else []
try:
    import posix
    program = posix.readlink('/proc/self/exe')
except OSError:
    program = sys.executable
fields = [sys.implementation.name, '%d.%d.%d' % sys.version_info[:3], minor, getattr(sys, 'abiflags', ''),
           sys.executable, sys.base_prefix, getattr(sys, 'platlibdir', 'lib'),
           getattr(sys.implementation, '_multiarch', ''), program]
encoding = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
sys.stdout.buffer.write(b'\0'.join([each.encode(*encoding) for each in fields] + (mapped[:1] or [b''])) + b'\0')
)";

std::string first_line(const std::string& text) { return to_valid_utf8(text.substr(0, text.find('\n'))); }

std::vector<std::string> fields_of(const std::string& text) {
  std::vector<std::string> fields;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = std::min(text.find('\0', start), text.size());
    fields.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return fields;
}

// The virtual environment that `executable` belongs to: beside it or one directory above is pyvenv.cfg. Without the
// site module, as it is asked, Python does not tell before 3.14.
std::optional<fs::path> venv_of(const fs::path& executable) {
  const fs::path directory = executable.parent_path();
  std::error_code ignored;
  for (const fs::path& each : {directory, directory.parent_path()}) {
    if (fs::exists(each / "pyvenv.cfg", ignored)) return each;
  }
  return std::nullopt;
}

// The shared libpython of an interpreter that contains libpython itself, as Debian's and conda's do.
fs::path library_beside(const std::string& tag, const fs::path& base, const std::string& lib, const std::string& arch) {
  std::error_code ignored;
  for (const fs::path& directory : {base / "lib", base / lib, base / "lib" / arch, base}) {
    for (const char* ending : {".so.1.0", ".dylib"}) {
      fs::path file = directory / ("libpython" + tag + ending);
      if (fs::exists(file, ignored)) return file;
    }
  }
  return {};
}

// Where the working directory was deleted, pyenv's shims, which are shell scripts, fail.
std::string directory_to_ask_in() {
  std::error_code gone;
  return fs::current_path(gone).empty() ? "/" : "";
}

Interpreter ask(const fs::path& file) {
  process::CommandResult result;
  try {
    result = process::run_command({file.string(), "-I", "-S", "-c", kQueryScript}, kOutputLimit, std::nullopt,
                                  directory_to_ask_in());
  } catch (const std::system_error& error) {
    throw ConfigError(fmt::format("{} cannot be run: {}{}", file.string(), error.code().message(),
                                  platform::process_limit_hint(error.code().value())));
  }
  if (result.timed_out)
    throw ConfigError(fmt::format("{} did not respond; is it a Python interpreter?", file.string()));
  const auto fields = fields_of(result.output);
  const bool failed = !result.status.unknown && result.status.exit_code != 0;
  if (failed || fields.size() != kOutputFields) {
    std::string said = first_line(result.errors.empty() ? result.output : result.errors);
    if (said.find("import sys") != std::string::npos) said.clear();  // it repeats the query script
    throw ConfigError(fmt::format("{} is no Python 3 interpreter ({}{}{})", file.string(), describe(result.status),
                                  said.empty() ? "" : ": ", said));
  }
  const std::string& flags = fields[3];
  Interpreter found;
  found.implementation = fields[0];
  found.version = fields[1];
  found.minor = fields[2];
  found.tag = found.minor + flags;
  found.free_threaded = flags.find('t') != std::string::npos;
  found.debug_build = flags.find('d') != std::string::npos;
  found.executable = fields[4].empty() ? file : fs::path(fields[4]);
  found.program = fields[8];
  found.base_prefix = fields[5];
  found.libpython = library_beside(found.tag, found.base_prefix, fields[6], fields[7]);
  // The one that it has loaded; named by the interpreter's own base where it lies there, as Python 3.14 and later take
  // their base from the path of libpython.
  std::error_code ignored;
  if (!fields[9].empty() && !fs::equivalent(fields[9], found.libpython, ignored)) found.libpython = fields[9];
  const auto venv = venv_of(found.executable);
  found.virtual_environment = venv.has_value();
  found.prefix = venv ? venv->string() : found.base_prefix;
  return found;
}

// What tells one state of a file from another.
struct Fingerprint {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
  std::int64_t changed = 0;  // nanoseconds
  bool operator==(const Fingerprint&) const = default;
};

Fingerprint fingerprint(const fs::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size, modification_time(status)};
}

struct Files {
  Fingerprint program;
  Fingerprint configuration;  // pyvenv.cfg
  bool operator==(const Files&) const = default;
};

// What interpreters have said, as long as their files stay as they were. Any thread.
class Responses {
 public:
  std::optional<Interpreter> find(const fs::path& file, const Files& files) const {
    const MutexLock lock(mutex_);
    const auto known = all_.find(file);
    if (known == all_.end() || known->second.first != files) return std::nullopt;
    return known->second.second;
  }
  void add(const fs::path& file, const Files& files, const Interpreter& interpreter) {
    const MutexLock lock(mutex_);
    all_[file] = {files, interpreter};
  }

 private:
  mutable Mutex mutex_;
  std::map<fs::path, std::pair<Files, Interpreter>> all_ GUARDED_BY(mutex_);
};

// The output of a script depends on more than its own file: that of pyenv's on the current directory, for example.
bool is_script(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return stream.get() == '#' && stream.get() == '!';
}

Fingerprint configuration_of(const fs::path& file) {
  const auto venv = venv_of(file);
  return venv ? fingerprint(*venv / "pyvenv.cfg") : Fingerprint{};
}

}  // namespace

Interpreter ask_interpreter(const fs::path& file) {
  static Responses responses;
  if (is_script(file)) return ask(file);
  const Files files{fingerprint(file), configuration_of(file)};
  if (auto known = responses.find(file, files)) return std::move(*known);
  const Interpreter interpreter = ask(file);
  responses.add(file, files, interpreter);
  return interpreter;
}

}  // namespace provider_host::internal
