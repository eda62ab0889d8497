#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace provider_host::server {

/// What a client may take. Beyond it gets an error, or its connection is closed.
struct HttpLimits {
  std::uint64_t body = std::uint64_t{16} << 20;  ///< Bytes of a request's body.
  std::uint32_t header = 32U << 10;              ///< Bytes of a request's line and fields.
  std::size_t connections = 4096;                ///< Open at a time.
  std::chrono::duration<double> idle{75};        ///< From one request to the next.
  /// For the line and fields of a request, and for each 64 KiB of its body.
  std::chrono::duration<double> read{30};
  std::chrono::duration<double> write{60};  ///< Until a client takes more of what waits for it.
  /// After a last response, while the client still sends: since bytes came, and in all. Closing earlier would have a
  /// reset overtake the response.
  std::chrono::duration<double> linger{5};
  std::chrono::duration<double> linger_in_all{30};
};

}  // namespace provider_host::server
