#include "pool/host_process.h"

#include <spdlog/fmt/fmt.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <new>
#include <utility>

#include "base/utf8.h"
#include "pool/stacks.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using process::Transfer;

// One noisy script must not keep the pool's thread for itself: reads per event.
constexpr int kReadsPerEvent = 16;

}  // namespace

Outcome success_of(wire::FrameDecoder& decoder, std::string_view json) {
  if (auto frame = decoder.release_frame()) {
    return Outcome::success(std::make_shared<ByteBuffer>(std::move(*frame)), json);
  }
  return Outcome::success(std::string(json));
}

std::size_t room_for_read(const wire::FrameDecoder& decoder) {
  constexpr std::size_t kLeast = std::size_t{128} << 10;
  constexpr std::size_t kMost = std::size_t{1} << 20;
  return std::clamp(decoder.wanted(), kLeast, kMost);
}

HostProcess::HostProcess(process::Poller& poller, Listener& listener, SpawnedHost fresh,
                         const wire::StartMessage& start, bool capture)
    : number(start.host),
      poller_(poller),
      listener_(listener),
      call_(std::move(fresh.call)),
      control_(std::move(fresh.control)),
      diagnostics_(std::move(fresh.diagnostics)),
      page_(std::move(fresh.page)),
      out_([this](auto line) { listener_.on_line(*this, "stdout", line); }, capture),
      err_([this](auto line) { listener_.on_line(*this, "stderr", line); }, capture),
      child_(std::move(fresh.child)),
      pid_(child_.pid()),
      decoder_(start.frame_limit),
      script_(start.script),
      outbox_(wire::encode_start(start)) {
  out_.open(std::move(fresh.out));
  err_.open(std::move(fresh.err));
  try {
    watch_all();
    pump();
  } catch (...) {
    watch_nothing();
    throw;
  }
}

HostProcess::~HostProcess() { watch_nothing(); }

void HostProcess::watch_all() {
  poller_.add(call_.get(), [this] { read_calls(); });
  poller_.add(control_.get(), [this] { read_control(); });
  poller_.add(diagnostics_.get(), [this] { read_diagnostics(); });
  poller_.add(out_.fd(), [this] { read_output(out_); });
  poller_.add(err_.fd(), [this] { read_output(err_); });
  poller_.add(child_.pidfd(), [this] {
    poller_.remove(child_.pidfd());
    ended = true;
  });
}

void HostProcess::watch_nothing() {
  for (const int fd : {call_.get(), control_.get(), diagnostics_.get(), out_.fd(), err_.fd(), child_.pidfd()}) {
    poller_.remove(fd);
  }
}

HostFacts HostProcess::facts_with(std::string_view stack) const {
  return {number, pid_, to_valid_utf8(without_host_frames(stack)), err_.tail(), script_};
}

void HostProcess::line_up(CallPtr call) {
  const auto [place, is_new] = in_flight_.emplace(call->id, call);
  try {
    outbox_.add(call);
  } catch (...) {
    if (is_new) in_flight_.erase(place);
    throw;
  }
  note_sent(*call);
}

void HostProcess::pump() { watch_writable(outbox_.send(call_.get()) == Transfer::kWouldBlock); }

void HostProcess::watch_writable(bool writable) {
  if (writable == watching_writable_ || !watching_calls_) return;
  watching_writable_ = writable;
  poller_.watch_writable(call_.get(), writable);
}

bool HostProcess::forget(const CallState& call) { return in_flight_.erase(call.id) > 0; }

std::vector<CallPtr> HostProcess::calls_in_flight() const {
  std::vector<CallPtr> calls;
  for (const auto& [id, call] : in_flight_) calls.push_back(call);
  return calls;
}

void HostProcess::abandon(const CallState& call) {
  if (!in_flight_.contains(call.id)) return;
  const std::string frame = wire::encode_cancel(call.id);
  abandoned_.emplace(call.id, call.place);
  forget(call);
  send_control(frame);
}

std::vector<CallAtDeath> HostProcess::calls_at_death() const {
  std::vector<CallAtDeath> calls;
  for (const auto& [id, call] : in_flight_) calls.push_back({id, call->place, false});
  for (const auto& [id, place] : abandoned_) calls.push_back({id, place, true});
  return calls;
}

void HostProcess::send_control(const std::string& frame) const {
  const std::array<std::string_view, 1> parts{frame};
  process::send_some(control_.get(), parts, 0);  // a host that does not read its control channel is killed in the end
}

void HostProcess::request_dump() {
  stacks_.clear();
  send_control(wire::encode_dump());
}

void HostProcess::probe() {
  probed_at_ = Clock::now();
  send_control(wire::encode_probe(++probes_));
}

// Answers to the last probe only: what is still open counts from when it was asked for.
HostHealth HostProcess::health(TimePoint now) const {
  HostHealth health;
  health.process = "alive";
  const std::uint64_t asked = probes_;
  const wire::BlackBox& box = black_box();
  if (asked == 0 || box.in_use != wire::BlackBox::kInUse) return health;
  const double open_ms = to_seconds(now - probed_at_.load()) * 1000;
  if (box.probes_seen < asked) {
    health.process = "silent";
    return health;
  }
  health.gil_taken = box.gil_answered >= asked;
  health.gil_ms = health.gil_taken ? static_cast<double>(box.gil_us) / 1000 : open_ms;
  if (!health.gil_taken || box.loop_asked < asked) return health;
  health.loop_turned = box.loop_answered >= asked;
  health.loop_ms = health.loop_turned ? static_cast<double>(box.loop_us) / 1000 : open_ms;
  return health;
}

void HostProcess::close_writing() { ::shutdown(call_.get(), SHUT_WR); }
void HostProcess::cut_call_channel() { ::shutdown(call_.get(), SHUT_RDWR); }

void HostProcess::watch_calls(bool watched) {
  if (watched == watching_calls_) return;
  watching_calls_ = watched;
  if (watched) {
    poller_.resume(call_.get());
  } else {
    poller_.pause(call_.get());
  }
}

void HostProcess::note_violation(std::string what) {
  distrusted = true;
  violated = true;
  violation = std::move(what);
}

void HostProcess::read_calls() {
  try {
    read_frames();
  } catch (const std::bad_alloc&) {
    note_violation({});
  } catch (const std::exception& error) {  // a start and a call end with one error, whatever is wrong with the answer
    note_violation({});
    violation = std::string("its answer cannot be understood: ") + error.what();
  }
}

void HostProcess::read_frames() {
  if (!outbox_.empty()) pump();
  if (!distrusted && watching_calls_ && !take_frames()) return;
  for (int i = 0; i < kReadsPerEvent && !distrusted && watching_calls_; ++i) {
    const std::size_t room = room_for_read(decoder_);
    const auto [state, count] = process::read_some(call_.get(), decoder_.prepare(room), room);
    if (state == Transfer::kWouldBlock) return;
    if (state != Transfer::kDone) {
      watch_calls(false);
      distrusted = true;
      channel_ended = true;
      return;
    }
    decoder_.fed(count);
    if (!take_frames() || count < room) return;
  }
}

// Whether to go on reading.
bool HostProcess::take_frames() {
  auto event = decoder_.next();
  while (event == wire::FrameDecoder::Event::kFrame && !distrusted) {
    handle_payload(decoder_.payload());
    event = decoder_.next();
  }
  if (event == wire::FrameDecoder::Event::kViolation) note_violation(decoder_.violation());
  return !distrusted;
}

std::string HostProcess::objection(const wire::HostMessage& message) const {
  auto unknown = [this](std::uint64_t id) {
    return id <= highest_id_ ? std::string() : fmt::format("an answer to call {}, which it never got", id);
  };
  if (const auto* result = std::get_if<wire::ResultMessage>(&message)) return unknown(result->id);
  if (const auto* error = std::get_if<wire::ErrorMessage>(&message)) return unknown(error->id);
  if (std::holds_alternative<wire::ReadyMessage>(message)) return ready ? "a second ready message" : "";
  if (std::holds_alternative<wire::FailedMessage>(message)) return ready ? "a failure to start after it was ready" : "";
  return std::get<wire::Violation>(message).what;
}

void HostProcess::handle_payload(std::string_view payload) {
  auto answer = [&](std::uint64_t id, auto make_outcome) {
    if (const auto found = in_flight_.find(id); found != in_flight_.end()) {
      listener_.on_answer(*this, CallPtr(found->second), make_outcome());
    } else if (abandoned_.erase(id) > 0) {
      listener_.on_obeyed(*this);
    }
  };
  const wire::HostMessage message = wire::parse_host_message(payload);
  if (std::string what = objection(message); !what.empty()) return note_violation(std::move(what));
  if (const auto* result = std::get_if<wire::ResultMessage>(&message)) {
    answer(result->id, [&] { return success_of(decoder_, result->result); });
  } else if (const auto* error = std::get_if<wire::ErrorMessage>(&message)) {
    answer(error->id, [&] { return Outcome::failure(parse_error(error->error)); });
  } else if (const auto* hello = std::get_if<wire::ReadyMessage>(&message)) {
    ready = true;
    listener_.on_ready(*this, *hello);
  } else if (const auto* failed = std::get_if<wire::FailedMessage>(&message)) {
    listener_.on_start_failed(*this, parse_error(failed->error));
  }
}

void HostProcess::read_control() {
  std::array<char, 4096> buffer{};
  const auto [state, count] = process::read_some(control_.get(), buffer.data(), buffer.size());
  if (state == Transfer::kWouldBlock) return;
  if (state != Transfer::kDone) return poller_.remove(control_.get());
  control_decoder_.feed({buffer.data(), count});
  auto event = control_decoder_.next();
  while (event == wire::FrameDecoder::Event::kFrame && wire::is_pong(control_decoder_.payload())) {
    event = control_decoder_.next();
  }
  if (event == wire::FrameDecoder::Event::kNeedMore) return;
  note_violation("an unknown message on the control channel");
  poller_.remove(control_.get());
}

void HostProcess::read_diagnostics() {
  std::array<char, 4096> buffer{};
  for (int i = 0; i < kReadsPerEvent; ++i) {
    const auto [state, count] = process::read_some(diagnostics_.get(), buffer.data(), buffer.size());
    if (state == Transfer::kWouldBlock) return;
    if (state != Transfer::kDone) return poller_.remove(diagnostics_.get());
    const bool had_threads = stacks_.has_threads();
    const bool had_calls = stacks_.has_calls();
    stacks_.feed({buffer.data(), count});
    if (!had_threads && stacks_.has_threads()) listener_.on_dump_end(*this);
    if (!had_calls && stacks_.has_calls()) listener_.on_dump_end(*this);
  }
}

void HostProcess::read_output(HostOutput& output) {
  if (!output.read()) poller_.remove(output.fd());
}

std::string HostProcess::take_captured(bool from_stderr) { return (from_stderr ? err_ : out_).take_captured(); }

void HostProcess::drain_output() {
  read_output(out_);
  read_output(err_);
}

void HostProcess::drain() {
  if (watching_calls_) read_calls();
  read_diagnostics();
  drain_output();
}

void HostProcess::finish_output() {
  out_.finish();
  err_.finish();
}

}  // namespace provider_host::internal
