#include "server/access_log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <optional>
#include <sstream>
#include <string>
#include <thread>

#include "base/fd.h"
#include "server/http/connected_client.h"

namespace provider_host::server {
namespace {

/// The log goes to a pipe with a name. It is stuck while nobody reads, as a pipe has little room.
class AccessLogTest : public testing::Test {
 protected:
  AccessLogTest() {
    if (::mkdtemp(directory_.data()) == nullptr || ::mkfifo(path().c_str(), 0600) != 0) std::abort();
    pipe_ = Fd(::open(path().c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    log.emplace(path());
    client_.connection->start();
    client_.send("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    while (handler_.exchanges.empty()) client_.turn();
  }
  ~AccessLogTest() override {
    log.reset();
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string path() const { return directory_ + "/access.log"; }
  void add(int lines) {
    for (int i = 0; i < lines; ++i) log->add(*handler_.exchanges[0], 200, 0.001);
  }
  /// All that comes until the log has closed the pipe.
  std::string read() {
    std::string text;
    std::string part(1 << 16, '\0');
    while (true) {
      pollfd readable{pipe_.get(), POLLIN, 0};
      ::poll(&readable, 1, -1);
      const ssize_t count = ::read(pipe_.get(), part.data(), part.size());
      if (count == 0) return text;
      if (count > 0) text.append(part, 0, static_cast<std::size_t>(count));
    }
  }
  [[nodiscard]] bool is_pipe_closed() const {
    pollfd state{pipe_.get(), 0, 0};
    return ::poll(&state, 1, 0) == 1 && (state.revents & POLLHUP) != 0;
  }

  std::optional<AccessLog> log;

 private:
  std::string directory_ = (std::filesystem::temp_directory_path() / "access_log_XXXXXX").string();
  Fd pipe_;
  EchoHandler handler_;
  ConnectedClient client_{handler_};
};

TEST_F(AccessLogTest, TellsHowManyLinesItHasDropped) {
  constexpr int kLines = 20'000;
  add(kLines);
  auto text = std::async(std::launch::async, [this] { return read(); });
  log.reset();
  std::istringstream written(text.get());
  int lines = 0;
  int dropped = 0;
  for (std::string line; std::getline(written, line);) {
    const auto count = line.find(" dropped=");
    count == std::string::npos ? ++lines : dropped += std::stoi(line.substr(count + 9));
  }
  EXPECT_GT(dropped, 0);
  EXPECT_EQ(lines + dropped, kLines);
}

TEST_F(AccessLogTest, WaitsForTheLastLinesOfAFormerFile) {
  add(2000);  // more than the pipe holds
  std::filesystem::rename(path(), path() + ".1");
  log->reopen();
  auto text = std::async(std::launch::async, [this] { return read(); });
  log.reset();
  EXPECT_TRUE(is_pipe_closed());
  EXPECT_EQ(text.get().find("dropped="), std::string::npos);
}

}  // namespace
}  // namespace provider_host::server
