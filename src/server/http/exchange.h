#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/http/request.h"
#include "server/http/response.h"

namespace provider_host::server {

class Connection;

/// One request and the response to it: a whole one, or a head and then pieces. On the I/O thread alone. Whoever
/// responds keeps it; once the client is gone, what is sent is dropped.
class Exchange {
 public:
  Exchange(std::shared_ptr<Connection> connection, Request request);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] Request& request() { return request_; }

  /// A field that every response has; the name is static text. Before respond() and start().
  void add_field(std::string_view name, std::string value) { fields_.emplace_back(name, std::move(value)); }

  /// Sends a whole response. Once, and then nothing else.
  void respond(Response response);

  /// Sends a head; pieces of the body follow.
  void start(ResponseHead head);
  /// Appends to the body. Not an empty piece.
  void write(std::string_view piece);
  /// The body is complete.
  void finish();
  /// The same, and the connection is not used again: what was sent tells of a failure.
  void finish_and_close();
  /// Closes the connection at once, in the middle of a response: the client sees that it is cut off.
  void abort();

  [[nodiscard]] bool has_started() const { return status_ != 0; }
  /// Whether the client takes what it gets: less than 64 KiB wait for it. A writer should wait otherwise.
  [[nodiscard]] bool has_space() const;
  [[nodiscard]] bool is_gone() const { return connection_ == nullptr; }

  /// Called once when the client has gone away before the response was complete.
  void on_gone(std::function<void()> callback) { on_gone_ = std::move(callback); }
  /// Called each time has_space() has become true again.
  void on_space(std::function<void()> callback) { on_space_ = std::move(callback); }

  // What the access log and the metrics tell.

  [[nodiscard]] int status() const { return status_; }  ///< 0: nothing was sent.
  [[nodiscard]] std::uint64_t body_size() const { return body_size_; }
  [[nodiscard]] std::chrono::steady_clock::time_point began() const { return began_; }
  [[nodiscard]] const std::string& id() const { return id_; }
  void set_id(std::string id) { id_ = std::move(id); }
  /// What kind of error it was, if it was one.
  [[nodiscard]] const std::string& failure() const { return failure_; }
  void set_failure(std::string_view kind) { failure_ = kind; }

 private:
  friend class Connection;
  void add_fields(ResponseHead& head);
  void send_end(bool closes);

  std::shared_ptr<Connection> connection_;  // nullptr: gone, or the response was sent
  Request request_;
  Framing framing_ = Framing::kLength;
  int status_ = 0;
  bool closes_ = false;
  bool ended_ = false;
  std::uint64_t body_size_ = 0;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::vector<std::pair<std::string_view, std::string>> fields_;
  std::string id_;
  std::string failure_;
  std::function<void()> on_gone_;
  std::function<void()> on_space_;
};

}  // namespace provider_host::server
