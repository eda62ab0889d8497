#pragma once

#include <provider_host/error.h>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace provider_host::chaos {

/// Who does it.
enum class FaultSource : std::uint8_t {
  kScript,    ///< The provider script, told by the call (`chaos_provider.py`).
  kHostile,   ///< A host without Python that breaks the protocol, told by the call (`tests/children/hostile.cc`).
  kParent,    ///< This program, to a host or to itself, and a plain call at the same time.
  kScenario,  ///< A scenario of its own, with pools of its own.
};
std::string_view to_string(FaultSource source);

/// Which calls can carry a fault.
enum class CallShape : std::uint8_t {
  kAny,
  kPlain,      ///< No streams.
  kStream,     ///< Streams only: calls whose items are read as they come.
  kGenerator,  ///< Streams, and plain calls of functions that stream.
};

/// A set of error kinds, and whether success is fine.
struct ExpectedOutcomes {
  std::vector<ErrorKind> kinds;
  bool success = false;

  [[nodiscard]] bool has(ErrorKind kind) const;
};

/// One fault that can be injected. A plain value in a constant table.
struct Fault {
  std::string name;
  FaultSource source = FaultSource::kScript;
  std::string what;           ///< One line for people.
  ExpectedOutcomes expected;  ///< How a call that carries it may end.
  double timeout = 0;         ///< Seconds the call gets; 0: as every call.
  double item_timeout = 0;    ///< Seconds that each item gets; 0: as every call.
  double weight = 1;          ///< How often among the others.
  CallShape shape = CallShape::kAny;
  bool endless = false;            ///< Its items never end; the reader closes the stream.
  bool lingers = false;            ///< Calls that come to the same host later may fail of it too.
  bool makes_unavailable = false;  ///< Hosts cannot be started meanwhile, so that any call may be refused.
  bool exhausts_resources =
      false;                ///< Whatever is done meanwhile may fail for want of something; hosts may be lost by it.
  bool sanitizable = true;  ///< Sanitizers live with it; they need memory and descriptors themselves.
};

/// Every fault there is, scripts' first.
const std::vector<Fault>& all_faults();

/// Those of the names, in the table's order; "all" are all. For an empty list all that leave the rest alone, without
/// those of exhausts_resources, which would excuse nearly everything. Throws std::invalid_argument that names the wrong
/// one.
std::vector<const Fault*> faults_named(const std::vector<std::string>& names);

}  // namespace provider_host::chaos
