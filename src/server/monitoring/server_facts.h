#pragma once

#include <string>

namespace provider_host::server {

/// What does not change while the server runs.
struct ServerFacts {
  std::string version;  ///< Of Provider Host.
  std::string script;   ///< As it was given; any bytes.
  std::string model;    ///< Name of the model that requests are told.
  double started = 0;   ///< When the server started, in Unix seconds.
};

}  // namespace provider_host::server
