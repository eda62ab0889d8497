#include "promptfoo/helper/warm_hosts.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <utility>

#include "platform/available_memory.h"
#include "platform/process_identity.h"
#include "platform/thread.h"
#include "process/error_text.h"

namespace provider_host::promptfoo {
namespace {

// How often a waiting call looks whether another host pays, and whether its client is still there.
constexpr std::chrono::milliseconds kLook{20};
// Scripts of inline code with idle hosts. A template may make a new one for each test.
constexpr int kMaxInlineScripts = 8;
// Of a host that cannot go on by itself, for want of a thread for instance.
constexpr int kHostFailedExit = 70;

int processors() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

// Otherwise there was no process or no Python in it, or the start was given up, and nothing is known of the script.
bool concerns_script(const Error& error) {
  return error.kind == ErrorKind::kImportFailed && error.type != "InterpreterError" &&
         error.exit_code != kHostFailedExit;
}

void answer(Waiter& waiter, Acquired acquired) {
  waiter.answer = std::move(acquired);
  waiter.answered.notify_one();
}

}  // namespace

WarmHosts::WarmHosts(InlineScripts inline_scripts) : inline_scripts_(std::move(inline_scripts)) {}

Acquired WarmHosts::acquire(const HostSettings& settings, const std::function<bool()>& is_abandoned) {
  const auto waiter = std::make_shared<Waiter>();
  waiter->since = HelperClock::now();
  MutexLock lock(mutex_);
  const auto script = script_of(settings);
  script->waiting.push_back(waiter);
  while (true) {
    serve(script);
    if (waiter->answer) break;
    waiter->answered.wait_until(lock, HelperClock::now() + kLook);
    if (!waiter->answer && is_abandoned()) {
      std::erase(script->waiting, waiter);
      waiter->answer = Abandoned{};
    }
  }
  lock.unlock();
  end_discarded();
  return std::move(*waiter->answer);
}

std::shared_ptr<ScriptHosts> WarmHosts::script_of(const HostSettings& settings) {
  auto& script = scripts_[settings];
  if (script) return script;
  try {
    script = std::make_shared<ScriptHosts>();
    script->settings = settings;
    script->file =
        settings.inline_code ? inline_scripts_.add(*settings.inline_code) : std::filesystem::path(settings.script);
  } catch (...) {
    scripts_.erase(settings);
    throw;
  }
  return script;
}

// Hands idle hosts to waiting calls, and starts another one if that pays.
void WarmHosts::serve(const std::shared_ptr<ScriptHosts>& script) {
  while (!script->waiting.empty()) {
    auto host = script->take_idle(script->waiting.front()->since, discarded_);
    if (!host) break;
    const auto waiter = std::move(script->waiting.front());
    script->waiting.pop_front();
    const auto now = HelperClock::now();
    script->leased.push_back({now, std::nullopt});
    answer(*waiter, Lease{std::move(host), script, now});
  }
  start(script);
}

MachineLoad WarmHosts::machine(HelperClock::time_point now) const {
  MachineLoad machine;
  machine.processors = processors();
  for (const auto& [settings, script] : scripts_) {
    machine.hosts += script->load(now).hosts;
    machine.starting += script->starting;
  }
  return machine;
}

void WarmHosts::start(const std::shared_ptr<ScriptHosts>& script) {
  const auto now = HelperClock::now();
  if (script->waiting.empty()) return;
  if (machine(now).hosts >= kMaxHosts) end_oldest_idle([](const ScriptHosts&) { return true; });
  while (should_start_host(script->load(now), machine(now))) {
    if (!make_room(*script)) return refuse(*script, "too little memory is left to keep Python processes");
    ++script->starting;
    try {
      platform::start_thread("the thread that starts a host", [this, script, now] { run_start(script, now); }).detach();
    } catch (const std::exception& error) {
      --script->starting;
      return refuse(*script, error.what());
    }
  }
}

void WarmHosts::refuse(ScriptHosts& script, const std::string& reason) {
  for (const auto& waiter : std::exchange(script.waiting, {})) answer(*waiter, Refusal{reason});
}

// Whether one more process may be started for the script.
bool WarmHosts::make_room(const ScriptHosts& script) {
  const auto is_inline = [](const ScriptHosts& each) { return each.settings.inline_code.has_value(); };
  if (is_inline(script)) {
    const auto count = std::ranges::count_if(scripts_, [&](const auto& entry) { return is_inline(*entry.second); });
    if (count > kMaxInlineScripts) end_oldest_idle(is_inline);
  }
  if (!platform::memory_is_short()) return true;
  while (end_oldest_idle([](const ScriptHosts&) { return true; })) {
  }
  return false;
}

bool WarmHosts::end_oldest_idle(const std::function<bool(const ScriptHosts&)>& is_candidate) {
  ScriptHosts* oldest = nullptr;
  for (const auto& [settings, script] : scripts_) {
    if (script->idle.empty() || !is_candidate(*script)) continue;
    if (oldest == nullptr || script->oldest_idle()->since < oldest->oldest_idle()->since) oldest = script.get();
  }
  if (oldest == nullptr) return false;
  const auto idle = oldest->oldest_idle();
  discarded_.push_back(std::move(idle->host));
  oldest->idle.erase(idle);
  return true;
}

// Runs on a thread of its own.
void WarmHosts::run_start(const std::shared_ptr<ScriptHosts>& script, HelperClock::time_point began) noexcept {
  Started started = Refusal{};
  try {
    started = std::make_shared<WarmHost>(script->settings, script->file, [&] { return !is_wanted(*script); });
  } catch (const ImportFailed& failed) {
    started = concerns_script(failed.error()) ? Started(failed.error()) : Started(Refusal{failed.error().message});
  } catch (...) {
    started = Refusal{process::error_text(std::current_exception())};
  }
  finish_start(script, began, std::move(started));
}

bool WarmHosts::is_wanted(const ScriptHosts& script) {
  const MutexLock lock(mutex_);
  const bool is_in_use = !script.waiting.empty() || !script.leased.empty() || !script.idle.empty();
  return is_in_use && !script.owner_has_ended;
}

void WarmHosts::finish_start(const std::shared_ptr<ScriptHosts>& script, HelperClock::time_point began,
                             Started started) {
  {
    const MutexLock lock(mutex_);
    if (auto* const host = std::get_if<std::shared_ptr<WarmHost>>(&started)) {
      script->import_time = (*host)->import_seconds();
      script->add_new(std::move(*host), HelperClock::now());
    } else {
      // Calls that have come later get an attempt of their own.
      for (const auto& waiter : std::exchange(script->waiting, {})) {
        if (waiter->since > began) {
          script->waiting.push_back(waiter);
        } else if (const auto* const error = std::get_if<Error>(&started)) {
          answer(*waiter, *error);
        } else {
          answer(*waiter, std::get<Refusal>(started));
        }
      }
    }
    --script->starting;
    serve(script);
  }
  end_discarded();
}

void WarmHosts::end_call(const Lease& lease) {
  const MutexLock lock(mutex_);
  lease.script->end_call(lease.since, HelperClock::now());
}

void WarmHosts::release(Lease lease) {
  const bool is_reusable = lease.host->is_reusable();
  const bool has_children = !is_reusable && lease.host->has_children();
  {
    const MutexLock lock(mutex_);
    lease.script->end_lease(lease.since);
    if (is_reusable && !lease.script->owner_has_ended) {
      lease.script->idle.push_back({std::move(lease.host), HelperClock::now()});
    } else {
      lease.script->retire(std::move(lease.host), has_children, discarded_);
    }
    serve(lease.script);
  }
  end_discarded();
}

void WarmHosts::tend() {
  {
    const MutexLock lock(mutex_);
    const auto now = HelperClock::now();
    for (const auto& [settings, script] : scripts_) {
      const platform::ProcessIdentity& owner = settings.owner;
      if (owner.pid != 0 && platform::identity_of(owner.pid) != owner) script->owner_has_ended = true;
      script->end_idle(
          now, [](const auto& host) { return host->has_children(); }, discarded_);
    }
    remove_unused();
  }
  end_discarded();
}

void WarmHosts::remove_unused() {
  std::erase_if(scripts_, [](const auto& entry) {
    if (!entry.second->is_unused()) return false;
    if (entry.second->settings.inline_code) InlineScripts::remove(entry.second->file);
    return true;
  });
}

// Ending a host may take a while, so each has a thread for it.
void WarmHosts::end_discarded() {
  std::vector<std::shared_ptr<WarmHost>> discarded;
  {
    const MutexLock lock(mutex_);
    discarded.swap(discarded_);
    ending_ += static_cast<int>(discarded.size());
  }
  for (auto& host : discarded) {
    const auto end = [this](std::shared_ptr<WarmHost> ended) {
      ended.reset();
      const MutexLock lock(mutex_);
      --ending_;
    };
    try {
      std::thread(end, std::move(host)).detach();
    } catch (const std::exception&) {  // no thread to be had, and the host has ended with its arguments
      end(nullptr);
    }
  }
}

bool WarmHosts::is_empty() {
  const MutexLock lock(mutex_);
  return scripts_.empty() && discarded_.empty() && ending_ == 0;
}

}  // namespace provider_host::promptfoo
