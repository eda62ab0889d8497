#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "provider_host/pool.h"
#include "server/failure_response.h"
#include "server/http/exchange.h"
#include "server/server_context.h"

namespace provider_host::server {

/// How the items of a stream are written. One for each stream.
class ItemFormat {
 public:
  virtual ~ItemFormat() = default;

  [[nodiscard]] virtual std::string_view content_type() const = 0;
  /// What stands before all items.
  virtual std::string begin() { return ""; }
  /// What an item adds; may be empty. After it provider_error() may be set: then it is the last.
  virtual std::string item(std::string_view json) = 0;
  /// After success; sets provider_error(), or not.
  virtual std::string end(std::string_view result_json) = 0;
  /// After a failure.
  virtual std::string failed(const Error& error) = 0;
  /// Something that says nothing; may be empty.
  virtual std::string heartbeat() = 0;
  /// Message of an error that the provider has returned; behind it nothing is written.
  [[nodiscard]] virtual std::optional<std::string> provider_error() const = 0;
  [[nodiscard]] virtual ErrorFormat error_format() const = 0;
  /// The whole response, when the provider's error comes before anything was sent.
  virtual std::string provider_error_body(std::string_view result_json) = 0;
};

/// Sends the items of one call as they come, no faster than the client takes them. Until there is something to send, a
/// failure is an error with its HTTP code; afterwards it is the last thing in the body, and the connection is closed.
/// When the client goes away, the stream is closed.
class ItemStream : public std::enable_shared_from_this<ItemStream> {
 public:
  /// Starts the call; lives as long as that.
  static void start(ServerContext& context, std::shared_ptr<Exchange> exchange, Call call,
                    std::unique_ptr<ItemFormat> format);
  ~ItemStream();
  ItemStream(const ItemStream&) = delete;
  ItemStream& operator=(const ItemStream&) = delete;

  /// Sends a heartbeat when nothing was sent for so long.
  void check_heartbeat(std::chrono::steady_clock::time_point now);

 private:
  ItemStream(ServerContext& context, std::shared_ptr<Exchange> exchange, std::unique_ptr<ItemFormat> format);
  void run(Call call);
  void pump(Stream& stream);
  bool write_next(Stream& stream);
  void write(std::string_view text);
  bool write_item(const Item& item);
  void end(const Outcome& outcome);
  void end_with_provider_error(const Outcome& outcome, std::string_view text);

  ServerContext& context_;
  std::shared_ptr<Exchange> exchange_;
  std::unique_ptr<ItemFormat> format_;
  std::uint64_t tag_ = 0;
  bool counted_ = false;  // as a stream that is open
  bool has_items_ = false;
  std::chrono::steady_clock::time_point last_write_ = std::chrono::steady_clock::now();
};

}  // namespace provider_host::server
