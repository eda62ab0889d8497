#include "bindings/pool_options.h"

#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <functional>
#include <map>
#include <string>

#include "provider_host/error.h"

namespace provider_host::bindings {
namespace {

namespace py = pybind11;

using Setter = std::function<void(PoolOptions&, const py::handle&)>;

// A member that pybind11 converts.
template <typename Value>
Setter plain(Value PoolOptions::*member) {
  return [member](PoolOptions& options, const py::handle& value) { options.*member = value.cast<Value>(); };
}

// A member with two values, each of which has a word.
template <typename Choice>
Setter choice(Choice PoolOptions::*member, const char* no, const char* yes) {
  return [=](PoolOptions& options, const py::handle& value) {
    const std::string word = py::str(value);
    if (word != no && word != yes) throw ConfigError("'" + word + "' is neither '" + no + "' nor '" + yes + "'");
    options.*member = static_cast<Choice>(word == yes);
  };
}

const std::map<std::string, Setter>& setters() {
  static const std::map<std::string, Setter> all{
      {"script", plain(&PoolOptions::script)},
      {"python", plain(&PoolOptions::python)},
      {"host_executable", plain(&PoolOptions::host_executable)},
      {"workers", plain(&PoolOptions::workers)},
      {"timeout", plain(&PoolOptions::timeout)},
      {"deadline", plain(&PoolOptions::deadline)},
      {"start_timeout", plain(&PoolOptions::start_timeout)},
      {"shutdown_timeout", plain(&PoolOptions::shutdown_timeout)},
      {"stop_grace", plain(&PoolOptions::stop_grace)},
      {"interrupt_grace", plain(&PoolOptions::interrupt_grace)},
      {"max_consecutive_crashes", plain(&PoolOptions::max_consecutive_crashes)},
      {"retry_collateral", plain(&PoolOptions::retry_collateral)},
      {"retries", plain(&PoolOptions::retries)},
      {"retry_backoff", plain(&PoolOptions::retry_backoff)},
      {"max_crashes_per_call", plain(&PoolOptions::max_crashes_per_call)},
      {"quarantine_after", plain(&PoolOptions::quarantine_after)},
      {"nan", choice(&PoolOptions::nan, "error", "null")},
      {"surrogates", choice(&PoolOptions::surrogates, "error", "replace")},
      {"bytes", choice(&PoolOptions::bytes, "error", "base64")},
      {"capture", plain(&PoolOptions::capture)},
      {"health_interval", plain(&PoolOptions::health_interval)},
      {"memory_limit", plain(&PoolOptions::memory_limit)},
      {"core_dumps", plain(&PoolOptions::core_dumps)},
      {"no_new_privs", plain(&PoolOptions::no_new_privs)},
      {"umask", plain(&PoolOptions::umask)},
      {"working_directory", plain(&PoolOptions::working_directory)},
      {"env", choice(&PoolOptions::env, "inherit", "clean")},
      {"env_keep", plain(&PoolOptions::env_keep)},
      {"env_set", plain(&PoolOptions::env_set)},
      {"max_calls_per_host", plain(&PoolOptions::max_calls_per_host)},
      {"max_rss", plain(&PoolOptions::max_rss)},
      {"concurrency", plain(&PoolOptions::concurrency)},
      {"event_loop", choice(&PoolOptions::event_loop, "asyncio", "uvloop")},
      {"max_queue", plain(&PoolOptions::max_queue)},
      {"queue_wait", plain(&PoolOptions::queue_wait)},
      {"frame_limit", plain(&PoolOptions::frame_limit)},
  };
  return all;
}

std::string type_name(const py::handle& value) { return py::str(py::type::handle_of(value).attr("__name__")); }

}  // namespace

PoolOptions options_from(const py::dict& options) {
  PoolOptions result;
  for (const auto& [key, value] : options) {
    const std::string name = py::str(key);
    const auto setter = setters().find(name);
    if (setter == setters().end()) throw py::type_error("there is no option '" + name + "'");
    try {
      setter->second(result, value);
    } catch (const py::cast_error&) {
      throw py::type_error("option '" + name + "' cannot be of type " + type_name(value) + ", or it is out of range");
    } catch (const ConfigError& error) {
      throw ConfigError("option '" + name + "': " + error.what());
    }
  }
  return result;
}

}  // namespace provider_host::bindings
