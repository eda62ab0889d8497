#include "promptfoo/helper/helper_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <exception>
#include <thread>

#include "base/fd.h"
#include "platform/close_on_exec.h"
#include "promptfoo/helper/connection.h"
#include "promptfoo/helper/helper_session.h"
#include "promptfoo/helper/unix_socket.h"
#include "promptfoo/helper/warm_hosts.h"

namespace provider_host::promptfoo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kBacklog = 128;
constexpr int kMaxClients = 512;
constexpr milliseconds kTendInterval{300};
// With nothing to do. The next helper starts within some milliseconds.
constexpr seconds kLinger{3};
constexpr mode_t kPrivateFile = 0600;
// A helper that has the name already listens, or is gone, within some milliseconds, unless the machine is busy.
constexpr milliseconds kNameTimeout{4000};
constexpr milliseconds kFirstNameInterval{5};
constexpr milliseconds kLongestNameInterval{40};

struct NameLock {
  Fd file;                 ///< Held for as long as the process lives. Empty when there is no lock.
  bool is_others = false;  ///< Another process holds it, or has until now.
};

NameLock lock_name(const std::filesystem::path& path) {
  Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kPrivateFile));
  if (!file) return {};
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return {.file = {}, .is_others = errno == EWOULDBLOCK};
  struct stat held {};
  struct stat named {};
  const bool is_same = ::fstat(file.get(), &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
                       held.st_ino == named.st_ino && held.st_dev == named.st_dev;
  if (!is_same) return {.file = {}, .is_others = true};  // its holder has ended and removed it
  return {.file = std::move(file), .is_others = false};
}

bool is_listening(const std::filesystem::path& path) {
  const Fd socket = unix_socket();
  const auto address = socket_address(path);
  if (!socket || !address) return false;
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) == 0) return true;
  return errno == EAGAIN;  // many wait for it to accept them
}

// Nothing when another helper listens, or no lock can be had. A helper that has only just begun, or is about to end,
// has the lock but cannot be reached; whoever has started this one would find neither.
Fd claim_name(const std::filesystem::path& lock_path, const std::filesystem::path& socket_path) {
  const auto deadline = std::chrono::steady_clock::now() + kNameTimeout;
  for (auto interval = kFirstNameInterval;; interval = std::min(2 * interval, kLongestNameInterval)) {
    NameLock lock = lock_name(lock_path);
    if (!lock.is_others) return std::move(lock.file);
    if (is_listening(socket_path) || std::chrono::steady_clock::now() >= deadline) return {};
    std::this_thread::sleep_for(interval);
  }
}

Fd listen_at(const std::filesystem::path& path) {
  ::unlink(path.c_str());  // of a helper that was killed
  Fd socket = unix_socket();
  const auto address = socket_address(path);
  if (!socket || !address) return {};
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0) return {};
  return ::listen(socket.get(), kBacklog) == 0 ? std::move(socket) : Fd();
}

/// Accepts clients and serves each on a thread of its own. Lives until the process ends.
class Server {
 public:
  Server(Fd listener, InlineScripts inline_scripts)
      : listener_(std::move(listener)), hosts_(std::move(inline_scripts)) {}

  void run() {
    using Clock = std::chrono::steady_clock;
    auto last_use = Clock::now();
    auto last_look = last_use;
    while (true) {
      accept_clients();
      const auto now = Clock::now();
      if (now - last_look >= kTendInterval) {
        hosts_.tend();
        last_look = now;
      }
      if (clients_ > 0 || !hosts_.is_empty()) last_use = now;
      if (now - last_use >= kLinger) return;
    }
  }

 private:
  void accept_clients() {
    pollfd entry{.fd = listener_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&entry, 1, static_cast<int>(kTendInterval.count())) <= 0) return;
    Fd socket(platform::accept_close_on_exec(listener_.get()));
    if (!socket) {
      std::this_thread::sleep_for(kTendInterval / 10);  // out of descriptors, for instance
      return;
    }
    if (clients_ >= kMaxClients) return;
    ++clients_;
    try {
      std::thread([this, client = Connection(std::move(socket))]() mutable {
        if (client.peer()) serve_client(client, hosts_);
        --clients_;
      }).detach();
    } catch (const std::exception&) {
      --clients_;  // the client sees the end of its connection
    }
  }

  Fd listener_;
  WarmHosts hosts_;
  std::atomic<int> clients_ = 0;
};

}  // namespace

int run_helper(const std::string& directory_path, const std::string& name) {
  Fd ready(kReadyDescriptor);
  ::fcntl(kReadyDescriptor, F_SETFD, FD_CLOEXEC);
  std::signal(SIGPIPE, SIG_IGN);
  keep_named_environment();
  const auto directory = HelperDirectory::open(directory_path);
  if (!directory) return 1;
  const auto lock_path = directory->file(name + ".lock");
  const auto socket_path = directory->file(name + ".sock");
  const Fd lock = claim_name(lock_path, socket_path);
  if (!lock) return 0;
  Fd listener = listen_at(socket_path);
  if (!listener) return 1;
  const auto inline_path = std::filesystem::path(directory_path) / (name + ".inline");
  static auto* const server = new Server(std::move(listener), InlineScripts(inline_path));
  ready.reset();
  server->run();
  ::unlink(socket_path.c_str());
  std::error_code ignored;
  std::filesystem::remove_all(inline_path, ignored);
  ::unlink(lock_path.c_str());
  ::_exit(0);  // threads may still be ending
}

}  // namespace provider_host::promptfoo
