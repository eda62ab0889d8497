#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace provider_host::chaos {

/// One whole response.
struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< Names in lower case.
  std::string body;                           ///< Without its chunks.
  bool closes = false;                        ///< Nothing follows on this connection.
};

/// A connection to a server on this machine; plain blocking code. What takes more than 150 seconds, and a response that
/// is no HTTP, throws std::runtime_error. Not thread-safe.
class HttpClient {
 public:
  /// Connects. `receive_buffer` is SO_RCVBUF in bytes; 0: the system's.
  explicit HttpClient(int port, int receive_buffer = 0);

  /// Whether there is a connection, as far as is known.
  [[nodiscard]] bool connected() const { return static_cast<bool>(socket_); }
  /// Seconds since it was asked for.
  [[nodiscard]] double age() const;

  /// False: the server has closed the connection.
  bool send(std::string_view bytes);
  /// The next response; nothing when the connection ended before its end.
  std::optional<HttpAnswer> read_answer(bool is_head = false);
  /// Waits until some bytes of a response have come; false: the connection ended.
  bool wait_for_bytes();
  /// Whether bytes have come that belong to no response that was read.
  [[nodiscard]] bool has_more() const { return !read_.empty(); }
  /// Reads what comes until the end of the connection; whether there was nothing.
  bool read_to_end();

  /// Reads so many bytes and drops them; whether the connection ended before.
  bool skip(std::size_t count);

  void half_close();
  void close() { socket_.reset(); }
  /// Closes it so that the server gets a reset.
  void reset();

 private:
  bool read_some();
  std::optional<std::string> read_line();
  std::optional<std::string> read_bytes(std::size_t count);
  bool read_chunks(std::string& body);

  Fd socket_;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string read_;
};

}  // namespace provider_host::chaos
