#include "pool/template/preloader.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "process/error_text.h"

namespace provider_host::internal {
namespace {

using Start = PreloadPolicy::Start;
using Origin = HostStart::Origin;

// Of a template that is no worker's host.
constexpr int kNoNumber = 0;

constexpr std::string_view kFallback = "each host imports the script by itself";

}  // namespace

Preloader::Preloader(const Parts& parts)
    : parts_(parts), policy_(parts.options.preload), retry_(parts.reactor.timers()) {}

// --- starting

bool Preloader::can_launch() const {
  if (is_stopping_) return false;  // the template may have ended
  const Start next = policy_.next(parts_.reactor.now());
  return next != Start::kWait && (next != Start::kFork || !current_->is_busy());
}

std::unique_ptr<Host> Preloader::launch_for(const Worker& worker) {
  if (policy_.next(parts_.reactor.now()) != Start::kTemplate) return launch(worker.number);
  auto host = parts_.launcher.launch(worker.number, Origin::kTemplate, parts_.reactor, parts_.listener);
  policy_.on_starting();
  return host;
}

std::unique_ptr<Host> Preloader::launch(int number) {
  if (policy_.next(parts_.reactor.now()) == Start::kFork) {
    auto host = parts_.launcher.adopt(number, current_->fork(), parts_.reactor, parts_.listener);
    host->start.code = current_->host().start.code;
    return host;
  }
  return parts_.launcher.launch(number, Origin::kFresh, parts_.reactor, parts_.listener);
}

Host* Preloader::start_template() {
  const auto at = policy_.next_template();
  if (!at || is_stopping_) return nullptr;
  if (*at > parts_.reactor.now()) {
    if (!retry_.is_armed()) retry_.arm(*at, [] {});  // it makes for an iteration
    return nullptr;
  }
  try {
    Host* const started = launch_template();
    policy_.on_starting();
    return started;
  } catch (...) {
    log(LogLevel::kWarning, "no template can be started: " + process::error_text(std::current_exception()));
    on_lost();
    return nullptr;
  }
}

Host* Preloader::start_next() {
  if (Host* const former = std::exchange(next_, nullptr)) stop(*former);
  if (parts_.options.preload == Preload::kOff) return nullptr;
  return next_ = launch_template();
}

// Beside the hosts.
Host* Preloader::launch_template() {
  auto host = parts_.launcher.launch(kNoNumber, Origin::kTemplate, parts_.reactor, parts_.listener);
  Host* const started = host.get();
  parts_.hosts.add_template(std::move(host));
  return started;
}

// --- templates

TemplateProcess* Preloader::process_of(const Host& host) {
  const auto found = std::ranges::find_if(processes_, [&](const auto& each) { return &each->host() == &host; });
  return found == processes_.end() ? nullptr : found->get();
}

void Preloader::on_message(Host& host, const wire::HostMessage& message) {
  if (std::holds_alternative<wire::ReadyMessage>(message)) return on_ready(host);
  if (const auto* unforkable = std::get_if<wire::UnforkableMessage>(&message)) {
    return on_unforkable(host, unforkable->reason);
  }
  if (TemplateProcess* const process = process_of(host)) process->on_message(message);
}

void Preloader::on_ready(Host& host) {
  if (Worker* const worker = parts_.hosts.worker_of(host)) parts_.hosts.make_template(*worker);
  if (!parts_.hosts.is_template(host) || !host.stop.plan.empty()) return;  // it was given up meanwhile
  if (current_ != nullptr && host.start.code < current_->host().start.code) return stop(host);
  if (is_next(host)) next_ = nullptr;
  processes_.push_back(std::make_unique<TemplateProcess>(host, parts_.reactor, parts_.log));
  current_ = processes_.back().get();
  policy_.on_ready();
  log(LogLevel::kDebug, fmt::format("the template is ready (pid {})", host.pid()));
}

void Preloader::on_unforkable(Host& host, const std::string& reason) {
  policy_.on_refused();
  current_ = nullptr;
  if (is_next(host)) next_ = nullptr;
  const LogLevel level = parts_.options.preload == Preload::kOn ? LogLevel::kWarning : LogLevel::kInfo;
  log(level, fmt::format("preload is off, {}: {}", kFallback, reason));
  if (parts_.hosts.worker_of(host) == nullptr) return stop(host);  // one more host is not needed
  host.start.origin = Origin::kUnforkable;
}

void Preloader::stop(Host& host) { parts_.stopper.stop(host, StopPlan::killing()); }

void Preloader::on_not_started(const Host& host, bool has_failed_alike) {
  if (is_next(host)) next_ = nullptr;
  if (host.start.origin != Origin::kTemplate || current_ != nullptr) return;
  if (has_failed_alike && !parts_.hosts.is_template(host)) return policy_.on_not_started();
  on_lost();
}

void Preloader::on_exit(Host& host, std::string_view how) {
  const bool was_starting = process_of(host) == nullptr && !is_next(host);
  if (is_next(host)) next_ = nullptr;
  const bool was_current = current_ != nullptr && &current_->host() == &host;
  if (was_current) current_ = nullptr;
  std::erase_if(processes_, [&](const auto& each) { return &each->host() == &host; });
  if (!host.stop.plan.empty()) return;  // it was to end
  log(LogLevel::kWarning, fmt::format("the template (pid {}) {}", host.pid(), how));
  if (was_current || was_starting) on_lost();
}

void Preloader::on_lost() {
  if (policy_.on_lost(parts_.reactor.now())) {
    log(LogLevel::kWarning, fmt::format("preload is off, {}: templates end again and again", kFallback));
  }
}

void Preloader::on_fork_failed() {
  if (!policy_.on_fork_failed()) return;
  log(LogLevel::kWarning, fmt::format("preload is off, {}: forks do not become ready", kFallback));
  current_ = nullptr;
}

// --- ending

void Preloader::end_unused() {
  for (const auto& process : processes_) {
    Host& host = process->host();
    if (process.get() == current_ || process->has_forks() || !host.stop.plan.empty()) continue;
    stop(host);
  }
}

// Before that they are needed: they say how their forks have ended.
void Preloader::stop_all() {
  is_stopping_ = true;
  retry_.cancel();
  if (parts_.hosts.has_other_than_templates()) return;
  for (const auto& host : parts_.hosts.templates()) {
    if (host->stop.plan.empty()) stop(*host);
  }
}

}  // namespace provider_host::internal
