#include "host/health/control_thread.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "host/health/crash_recorder.h"
#include "host/health/diagnostics.h"
#include "host/platform/signals.h"
#include "wire/frame_codec.h"

namespace provider_host::host {
namespace {

// The thread lives until its process ends, so each test is a process.

class Pool {
 public:
  Pool() {
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, fds.data()) != 0) std::_Exit(99);
    fd_ = Fd(fds[0]);
    theirs_ = fds[1];
    ::setpgid(0, 0);  // as the pool does, or the group of the test would die
    start_again();
  }

  void send(std::string_view payload) const {
    const std::string frame = framed(payload);
    if (::send(fd_.get(), frame.data(), frame.size(), 0) < 0) std::_Exit(98);
  }

  [[nodiscard]] std::string receive(std::size_t size) const {
    std::string bytes(size, '\0');
    const auto count = ::recv(fd_.get(), bytes.data(), size, MSG_WAITALL);
    bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return bytes;
  }

  void start_again() { thread_ = new ControlThread(theirs_, -1, {cancellations_, streams_, health_}); }

  void go_away() { fd_.reset(); }

  Cancellations& cancellations() { return cancellations_; }
  StreamCredits& streams() { return streams_; }
  ControlThread& thread() { return *thread_; }

 private:
  Fd fd_;
  Cancellations cancellations_;
  StreamCredits streams_;
  HealthProbe health_;
  ControlThread* thread_ = nullptr;  // never destroyed
  int theirs_ = -1;
};

[[noreturn]] void ping() {
  const Pool pool;
  pool.send(R"({"type":"ping","id":42})");
  const std::string payload = R"({"type":"pong","id":42})";
  std::_Exit(pool.receive(wire::kHeaderSize + payload.size()).substr(wire::kHeaderSize) == payload ? 0 : 1);
}

[[noreturn]] void wait_for_end_of_pool() {
  Pool pool;
  pool.go_away();
  while (true) ::pause();
}

[[noreturn]] void send_nonsense(const char* message = R"({"type":"dance"})") {
  const Pool pool;
  pool.send(message);
  while (true) ::pause();
}

void wait_while(StreamCredits& streams, std::uint64_t id, Demand demand) {
  while (streams.demand(id) == demand) streams.wait(id, std::chrono::milliseconds(1));
}

[[noreturn]] void grant_and_close() {
  Pool pool;
  pool.streams().begin(5);
  pool.streams().spend(5, 1'000'000);
  pool.send(R"({"type":"credit","id":6,"bytes":5})");
  pool.send(R"({"type":"credit","id":5,"bytes":2000000})");
  wait_while(pool.streams(), 5, Demand::kWait);
  if (pool.streams().demand(5) != Demand::kMore) std::_Exit(1);
  pool.send(R"({"type":"close","id":5})");
  wait_while(pool.streams(), 5, Demand::kMore);
  std::_Exit(pool.streams().demand(5) == Demand::kStop ? 7 : 1);
}

// A signal that comes between the look and the wait would be missed without the mask.
[[noreturn]] void cancel() {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, cancel_signal());
  pthread_sigmask(SIG_BLOCK, &wanted, nullptr);
  Pool pool;
  pool.send(R"({"type":"cancel","id":12})");
  int number = 0;
  sigwait(&wanted, &number);
  std::_Exit(pool.cancellations().take(12) && !pool.cancellations().take(12) ? 7 : 1);
}

[[noreturn]] void dump() {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) std::_Exit(99);
  install_dump_marker(pipe[1]);
  const Pool pool;
  pool.send(R"({"type":"dump"})");
  const std::string marker = "=== end of dump ===\n";
  std::string text(marker.size(), '\0');
  ssize_t count = -1;
  while (count < 0) count = ::read(pipe[0], text.data(), text.size());
  std::_Exit(text == marker ? 0 : 1);
}

[[noreturn]] void dump_through_a_frame_that_is_gone() {
  std::array<int, 2> pipe{};
  if (::pipe(pipe.data()) != 0) std::_Exit(99);
  install_dump_marker(pipe[1]);
  ::signal(dump_signal(), [](int) {
    void* const gone = ::mmap(nullptr, sizeof(int), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *static_cast<volatile int*>(gone) = 1;
  });
  put_dump_around_faulthandler();
  install_fault_handlers_after_faulthandler();
  for (int i = 0; i < 2; ++i) ::raise(dump_signal());
  const std::string markers = "\n=== end of dump ===\n\n=== end of dump ===\n";
  std::string text(markers.size(), '\0');
  const ssize_t count = ::read(pipe[0], text.data(), text.size());
  std::_Exit(count > 0 && text == markers ? 0 : 1);
}

TEST(ControlThreadDeathTest, answers_a_ping) { EXPECT_EXIT(ping(), ::testing::ExitedWithCode(0), ""); }

TEST(ControlThreadDeathTest, kills_the_host_when_the_pool_is_gone) {
  EXPECT_EXIT(wait_for_end_of_pool(), ::testing::KilledBySignal(SIGKILL), "");
}

TEST(ControlThreadDeathTest, ends_the_host_for_a_violation) {
  EXPECT_EXIT(send_nonsense(), ::testing::ExitedWithCode(70), "protocol violation");
  for (const char* credit :
       {R"({"type":"credit","id":5,"bytes":0})", R"({"type":"credit","id":5})", R"({"type":"credit","id":0,"bytes":1})",
        R"({"type":"credit","id":5,"bytes":1099511627777})", R"({"type":"credit","id":5,"bytes":1,"x":1})"}) {
    EXPECT_EXIT(send_nonsense(credit), ::testing::ExitedWithCode(70), "malformed credit") << credit;
  }
}

TEST(ControlThreadDeathTest, passes_on_what_streams_may_send) {
  EXPECT_EXIT(grant_and_close(), ::testing::ExitedWithCode(7), "");
}

TEST(ControlThreadDeathTest, notes_a_cancelled_call_and_tells_the_main_thread) {
  EXPECT_EXIT(cancel(), ::testing::ExitedWithCode(7), "");
}

[[noreturn]] void stop_and_go_on() {
  Pool pool;
  pool.thread().stop();
  pool.send(R"({"type":"ping","id":42})");
  pool.start_again();
  const std::string payload = R"({"type":"pong","id":42})";
  std::_Exit(pool.receive(wire::kHeaderSize + payload.size()).substr(wire::kHeaderSize) == payload ? 7 : 1);
}

TEST(ControlThreadDeathTest, can_be_stopped_and_another_goes_on) {
  EXPECT_EXIT(stop_and_go_on(), ::testing::ExitedWithCode(7), "");
}

TEST(ControlThreadDeathTest, ends_a_dump_with_its_line) { EXPECT_EXIT(dump(), ::testing::ExitedWithCode(0), ""); }

TEST(ControlThreadDeathTest, a_dump_through_a_frame_that_is_gone_costs_no_host) {
  EXPECT_EXIT(dump_through_a_frame_that_is_gone(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace provider_host::host
