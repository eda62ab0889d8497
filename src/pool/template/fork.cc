#include "pool/template/fork.h"

#include <signal.h>

#include <utility>

#include "platform/pidfd.h"

namespace provider_host::internal {
namespace {

// How long the template may take to say how a process has ended; seconds.
constexpr double kExitPatience = 5;

}  // namespace

Fork::Fork(Reactor& reactor, std::function<void()> release)
    : reactor_(reactor), release_(std::move(release)), patience_(reactor.timers()) {}

Fork::~Fork() { unwatch(); }

void Fork::unwatch() {
  if (std::exchange(is_watched_, false)) reactor_.poller().remove(pidfd_.get());
}

// --- what the template says

void Fork::on_forked(pid_t pid) {
  if (pid_ != 0 || status_) return;
  pid_ = pid;
  pidfd_ = platform::open_pidfd(pid);
  if (is_to_die_) ::kill(pid_, SIGKILL);
  if (is_released_) return;  // nobody waits for its end
  if (pidfd_) {
    reactor_.poller().add(pidfd_.get(), [this] { on_end_of_process(); });
    is_watched_ = true;
  }
  if (on_started_) std::exchange(on_started_, nullptr)();
}

void Fork::on_unforked(std::string reason) {
  if (pid_ != 0) return;
  release_ = nullptr;  // there is nothing to reap
  end({.not_forked = std::move(reason)});
}

void Fork::on_exited(process::ExitStatus status) {
  if (pid_ == 0) return;
  is_reported_ = true;
  end(std::move(status));
  if (is_released_) release();
}

void Fork::on_template_lost() {
  release_ = nullptr;
  if (pid_ == 0) {
    end({.orphaned = true, .not_forked = "the template has ended"});
  } else if (has_ended_ || !pidfd_) {
    end({.orphaned = true});
  }
}

// The kernel says it before the template does.
void Fork::on_end_of_process() {
  unwatch();
  has_ended_ = true;
  if (release_ == nullptr) return end({.orphaned = true});
  patience_.arm_after(kExitPatience, [this] { end({.orphaned = true}); });
}

void Fork::end(process::ExitStatus status) {
  if (status_) return;
  status_ = std::move(status);
  patience_.cancel();
  unwatch();
  ended_.set();
}

// --- for the handle

void Fork::abandon() {
  on_started_ = nullptr;
  is_to_die_ = true;
  release();
}

void Fork::release() {
  is_released_ = true;
  if (is_reported_ && release_ != nullptr) std::exchange(release_, nullptr)();
}

}  // namespace provider_host::internal
