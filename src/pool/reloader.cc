#include "pool/reloader.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string>
#include <utility>

#include "pool/call/failure.h"

namespace provider_host::internal {

void Reloader::begin(Launcher::Program program, const std::shared_ptr<Result>& result) {
  waiting_.reserve(waiting_.size() + 1);
  parts_.supervisor.begin_generation(std::move(program));
  began_ = parts_.reactor.now();
  end_turns();
  waiting_.push_back(result);
}

void Reloader::reload() {
  if (waiting_.empty()) return;
  if (parts_.phase.is_closing()) return end(shutting_down());
  const CodeGenerations& generations = parts_.supervisor.generations();
  if (generations.error()) return end(std::optional<Error>(generations.error()));
  if (!generations.is_prepared()) return;
  if (generations.is_imported()) parts_.supervisor.dismiss_spares_before(generations.newest());
  bool is_done = generations.is_imported() || parts_.hosts.wanted() == 0;
  for (Worker& worker : parts_.hosts.workers()) {
    if (worker.host == nullptr) continue;  // it will get the new code
    if (is_outdated(*worker.host)) return begin_turn(worker);
    is_done = is_done && worker.is_ready();
  }
  if (is_done) end(std::nullopt);
}

// A replacement that was started before the reload has the former code, too.
void Reloader::begin_turn(Worker& worker) {
  if (worker.replacement != nullptr && is_outdated(*worker.replacement)) {
    parts_.supervisor.dismiss_replacement(worker);
    parts_.reactor.wake();
  }
  if (worker.host->service.is_outdated) return;
  worker.host->service.is_outdated = true;
  parts_.hosts.on_change(worker);
  parts_.reactor.wake();
}

bool Reloader::is_outdated(const Host& host) const {
  return host.start.code < parts_.supervisor.generations().newest();
}

// May be made again when it has thrown.
void Reloader::end(const std::optional<Error>& error) {
  report(error);
  end_turns();
  for (; !waiting_.empty(); waiting_.pop_back()) waiting_.back()->set_value(error);
  parts_.supervisor.end_generation();
}

// A replacement that has not taken over yet is too old, or too much.
void Reloader::end_turns() {
  for (Worker& worker : parts_.hosts.workers()) {
    if (worker.host == nullptr || !worker.host->service.is_outdated) continue;
    if (worker.replacement != nullptr) parts_.supervisor.dismiss_replacement(worker);
    worker.host->service.is_outdated = false;
  }
}

void Reloader::report(const std::optional<Error>& error) {
  if (!error) {
    const double taken = to_seconds(parts_.reactor.now() - began_);
    return parts_.log.post({LogLevel::kDebug, 0, "pool", fmt::format("reloaded in {:.1f} s", taken)});
  }
  const auto& workers = parts_.hosts.workers();
  const auto is_former = [this](const Worker& worker) { return worker.host != nullptr && is_outdated(*worker.host); };
  const auto is_new = [this](const Worker& worker) { return worker.host != nullptr && !is_outdated(*worker.host); };
  const auto former = std::ranges::count_if(workers, is_former);
  const auto replaced = std::ranges::count_if(workers, is_new);
  std::string what =
      former == 0 ? "not reloaded: "
      : replaced == 0
          ? "not reloaded, the former hosts go on: "
          : fmt::format("reloaded in part, {} of {} hosts go on with the former code: ", former, former + replaced);
  const LogLevel level = parts_.phase.is_closing() ? LogLevel::kDebug : LogLevel::kError;
  parts_.log.post({level, 0, "pool", what + error->message});
}

}  // namespace provider_host::internal
