#include "pool/template/template_process.h"

#include <signal.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <variant>

#include "platform/send_flags.h"
#include "pool/template/forked_process.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

// How long a template may take for a fork, which are milliseconds; seconds.
constexpr double kForkPatience = 10;

}  // namespace

TemplateProcess::TemplateProcess(Host& host, Reactor& reactor, LogQueue& log)
    : host_(host), reactor_(reactor), log_(log), patience_(reactor.timers()) {}

TemplateProcess::~TemplateProcess() {
  for (const auto& [id, fork] : forks_) fork->on_template_lost();
}

SpawnedHost TemplateProcess::fork() {
  if (!unsent_.empty()) send({});
  if (!unsent_.empty()) throw std::system_error(EAGAIN, std::generic_category(), "the template does not read");
  const std::uint64_t id = ++last_id_;
  HostEnds ends;
  const auto fork = std::make_shared<Fork>(reactor_, [this, id] { reap(id); });
  SpawnedHost host = ends.ours(std::make_unique<ForkedProcess>(fork));
  const auto [entry, is_new] = forks_.emplace(id, fork);
  try {
    send_fork(id, ends);
    if (pending_ == 0) await_fork();
    ++pending_;
  } catch (...) {
    forks_.erase(entry);
    throw;
  }
  return host;
}

// The descriptors go with the first byte of the frame.
void TemplateProcess::send_fork(std::uint64_t id, const HostEnds& ends) const {
  const std::array fds{ends.call.theirs.get(), ends.control.theirs.get(), ends.diagnostics.theirs.get(),
                       ends.memory.get(),      ends.out.theirs.get(),     ends.err.theirs.get()};
  std::string frame = wire::encode_fork(id);
  iovec part{frame.data(), frame.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof fds)> rights{};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = rights.data();
  message.msg_controllen = static_cast<socklen_t>(rights.size());
  cmsghdr* const header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof fds);
  std::memcpy(CMSG_DATA(header), fds.data(), sizeof fds);
  ssize_t count = 0;
  do {
    count = ::sendmsg(host_.channel().fd(), &message, platform::kNoSignal | MSG_DONTWAIT);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw std::system_error(errno, std::generic_category(), "the template cannot be told to fork");
  if (std::cmp_not_equal(count, frame.size())) {
    throw std::system_error(EMSGSIZE, std::generic_category(), "the template cannot be told to fork");
  }
}

// The template does one fork after the other, so the patience is for the next one.
void TemplateProcess::await_fork() {
  patience_.arm_after(kForkPatience, [this] {
    log_.post({LogLevel::kWarning, 0, "pool", "the template has not made a fork within 10 s; it is killed"});
    host_.signal_group(SIGKILL);
  });
}

void TemplateProcess::on_message(const wire::HostMessage& message) {
  const auto fork_of = [this](std::uint64_t id) {
    const auto found = forks_.find(id);
    return found == forks_.end() ? nullptr : found->second;
  };
  const auto on_pending_done = [this] {
    if (--pending_ > 0) return await_fork();
    patience_.cancel();
  };
  if (const auto* forked = std::get_if<wire::ForkedMessage>(&message)) {
    const auto fork = fork_of(forked->id);
    if (fork == nullptr || fork->pid() != 0) return host_.record_violation("an unknown fork");
    on_pending_done();
    fork->on_forked(forked->pid);
  } else if (const auto* unforked = std::get_if<wire::UnforkedMessage>(&message)) {
    const auto fork = fork_of(unforked->id);
    if (fork == nullptr || fork->pid() != 0) return host_.record_violation("an unknown fork");
    on_pending_done();
    forks_.erase(unforked->id);
    fork->on_unforked(unforked->reason);
  } else if (const auto* exited = std::get_if<wire::ExitedMessage>(&message)) {
    const auto fork = fork_of(exited->id);
    if (fork == nullptr || fork->pid() == 0) return host_.record_violation("the end of an unknown fork");
    process::ExitStatus status{.peak_rss = exited->peak_rss, .cpu_limit = exited->cpu_limit};
    (exited->signal != 0 ? status.signal : status.exit_code) = exited->signal != 0 ? exited->signal : exited->code;
    fork->on_exited(std::move(status));
  }
  if (!unsent_.empty()) send({});
}

void TemplateProcess::reap(std::uint64_t id) {
  forks_.erase(id);
  send(wire::encode_reap(id));
}

// What the socket does not take now goes with the next message.
void TemplateProcess::send(std::string_view frame) {
  unsent_ += frame;
  const std::array<std::string_view, 1> parts{unsent_};
  const auto [state, count] = process::send_some(host_.channel().fd(), parts, 0);
  unsent_.erase(0, state == process::Transfer::kRefused ? unsent_.size() : count);
}

}  // namespace provider_host::internal
