#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "server/monitoring/duration_histogram.h"
#include "server/route.h"

namespace provider_host::server {

inline constexpr std::size_t kRouteCount = static_cast<std::size_t>(Route::kOther) + 1;

/// The route as a label, `chat_completions` for instance.
std::string_view to_string(Route route);

/// What is counted of connections and requests, from the start of the server on. Recording allocates nothing. Not
/// thread-safe.
class RequestMetrics {
 public:
  /// HTTP codes that are told apart; others count as 500.
  static constexpr int kLowestStatus = 100;
  static constexpr int kHighestStatus = 599;

  void connection_opened() noexcept { ++open_connections_, ++connections_; }
  void connection_closed() noexcept { --open_connections_; }
  /// One that was closed at once, as there were as many as allowed. It is not counted as opened.
  void connection_refused() noexcept { ++refused_connections_; }

  /// Each started request must end once, with the status that it got; 499: its client went away before.
  void request_started(Route route) noexcept { ++in_flight_[index(route)]; }
  /// `seconds` from its start to the last byte of the response, or to when the client went away.
  void request_ended(Route route, int status, double seconds) noexcept;

  /// A response that is sent as it comes; besides request_started().
  void stream_started() noexcept { ++open_streams_, ++streams_; }
  void stream_ended() noexcept { --open_streams_; }
  /// Seconds from the start of the request to the first item of its stream.
  void first_item(double seconds) noexcept { first_item_.record(seconds); }
  void items(std::uint64_t count) noexcept { items_ += count; }

  void bytes_in(std::uint64_t count) noexcept { bytes_in_ += count; }
  void bytes_out(std::uint64_t count) noexcept { bytes_out_ += count; }

  [[nodiscard]] std::uint64_t open_connections() const noexcept { return open_connections_; }
  [[nodiscard]] std::uint64_t connections() const noexcept { return connections_; }  ///< All that were opened.
  [[nodiscard]] std::uint64_t refused_connections() const noexcept { return refused_connections_; }
  /// Requests that have started and not ended.
  [[nodiscard]] std::uint64_t in_flight() const noexcept;
  [[nodiscard]] std::uint64_t in_flight(Route route) const noexcept { return in_flight_[index(route)]; }
  /// Requests that have ended with this status; 0 for one that is not told apart.
  [[nodiscard]] std::uint64_t ended(Route route, int status) const noexcept;
  [[nodiscard]] const DurationHistogram& durations(Route route) const noexcept { return durations_[index(route)]; }
  [[nodiscard]] std::uint64_t open_streams() const noexcept { return open_streams_; }
  [[nodiscard]] std::uint64_t streams() const noexcept { return streams_; }  ///< All that were started.
  [[nodiscard]] const DurationHistogram& first_items() const noexcept { return first_item_; }
  [[nodiscard]] std::uint64_t items() const noexcept { return items_; }
  [[nodiscard]] std::uint64_t bytes_in() const noexcept { return bytes_in_; }
  [[nodiscard]] std::uint64_t bytes_out() const noexcept { return bytes_out_; }

 private:
  static constexpr std::size_t kStatuses = kHighestStatus - kLowestStatus + 1;
  static constexpr std::size_t index(Route route) noexcept { return static_cast<std::size_t>(route); }

  std::array<std::array<std::uint64_t, kStatuses>, kRouteCount> ended_{};
  std::array<DurationHistogram, kRouteCount> durations_{};
  std::array<std::uint64_t, kRouteCount> in_flight_{};
  DurationHistogram first_item_;
  std::uint64_t open_connections_ = 0;
  std::uint64_t connections_ = 0;
  std::uint64_t refused_connections_ = 0;
  std::uint64_t open_streams_ = 0;
  std::uint64_t streams_ = 0;
  std::uint64_t items_ = 0;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

/// `http` of the snapshot: open connections, ended requests, requests in flight, open streams, ended requests by
/// status.
nlohmann::ordered_json http_json(const RequestMetrics& metrics);
/// `latency` of the snapshot: durations in seconds of the requests that run calls, in cumulative buckets.
nlohmann::ordered_json latency_json(const RequestMetrics& metrics);

}  // namespace provider_host::server
