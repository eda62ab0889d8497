#include "cli/pipe/start_announcement.h"

#include <utility>

#include "pipe/pipe_response.h"
#include "platform/thread.h"

namespace provider_host::cli {
namespace {

constexpr double kStopInterval = 0.1;  // seconds

}  // namespace

StartAnnouncement::StartAnnouncement(const Pool& pool, FrameWriter& writer, std::function<void()> decided)
    : pool_(pool),
      writer_(writer),
      on_decided_(std::move(decided)),
      thread_(platform::start_thread("the thread that awaits the start", [this] { watch(); })) {}

StartAnnouncement::~StartAnnouncement() {
  stop_ = true;
  thread_.join();
}

void StartAnnouncement::watch() {
  while (!pool_.wait_for_start(kStopInterval)) {
    if (stop_) return;
  }
  announce();
  decided_ = true;
  on_decided_();
}

void StartAnnouncement::announce() {
  if (said_ready_) return;
  const MutexLock lock(mutex_);
  if (said_ready_) return;
  const auto error = pool_.start_error();
  if (error && !std::exchange(said_failed_, true)) writer_.add(pipe::failed_message(*error));
  const auto report = pool_.start_report();
  if (!report) return;
  writer_.add(pipe::ready_message(*report));
  said_ready_ = true;
}

}  // namespace provider_host::cli
