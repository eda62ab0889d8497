#include "pool/host/host.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/utf8.h"
#include "pool/host/stacks.h"
#include "process/stream.h"

namespace provider_host::internal {
namespace {

using process::Transfer;

}  // namespace

Host::Host(Reactor& reactor, Listener& listener, SpawnedHost fresh, const wire::StartMessage& start_message,
           bool capture)
    : number(start_message.host),
      escalation{.timer = Timer(reactor.timers()), .closing = Timer(reactor.timers())},
      stop{.plan = {}, .timer = Timer(reactor.timers()), .group_wait_began = {}},
      grace_timer(reactor.timers()),
      poller_(reactor.poller()),
      listener_(listener),
      channel_(std::move(fresh.call), start_message.frame_limit),
      control_(std::move(fresh.control)),
      diagnostics_(std::move(fresh.diagnostics)),
      health_(std::make_shared<HealthProbe>(std::move(fresh.memory))),
      out_([this](auto line) { listener_.on_line(*this, "stdout", line); }, capture),
      err_([this](auto line) { listener_.on_line(*this, "stderr", line); }, capture),
      process_(std::move(fresh.process)),
      pid_(process_->pid()),
      script_(start_message.script),
      send_queue_(wire::encode_start(start_message)) {
  out_.open(std::move(fresh.out));
  err_.open(std::move(fresh.err));
  channel_.set_control_fd(control_.get());
  if (start_message.role == "template") channel_.expect_template();
  try {
    watch_all();
    process_->when_started([this] {
      pid_ = process_->pid();
      flush();
    });
  } catch (...) {
    watch_nothing();
    throw;
  }
}

Host::~Host() { watch_nothing(); }

void Host::watch_all() {
  poller_.add(channel_.fd(), [this] { read_calls(); });
  poller_.add(control_.get(), [this] { read_control(); });
  poller_.add(diagnostics_.get(), [this] { read_diagnostics(); });
  poller_.add(out_.fd(), [this] { read_output(out_); });
  poller_.add(err_.fd(), [this] { read_output(err_); });
  poller_.add(process_->exit_fd(), [this] {
    poller_.remove(process_->exit_fd());
    events.has_exited = true;
    listener_.on_change(*this);
  });
}

void Host::watch_nothing() {
  for (const int fd : {channel_.fd(), control_.get(), diagnostics_.get(), out_.fd(), err_.fd(), process_->exit_fd()}) {
    poller_.remove(fd);
  }
}

HostInfo Host::info_with(std::string_view stack) const {
  return {number, pid_, to_valid_utf8(without_host_frames(stack)), err_.tail(), script_};
}

HostInfo Host::info_with_stacks() {
  drain_output();
  return info_with(stacks_.text());
}

// --- calls

InFlight* Host::find(const CallState& call) {
  const auto found = in_flight_.find(call.id);
  return found == in_flight_.end() ? nullptr : &found->second;
}

CallPtr Host::call_with_id(std::uint64_t id) const {
  if (const auto found = in_flight_.find(id); found != in_flight_.end()) return found->second.call;
  const auto& line = line_.entries();
  const auto waiting = std::ranges::find_if(line, [id](const auto& entry) { return entry.call->id == id; });
  return waiting == line.end() ? nullptr : waiting->call;
}

std::vector<CallPtr> Host::calls() const {
  std::vector<CallPtr> calls;
  calls.reserve(in_flight_.size());
  for (const auto& [id, entry] : in_flight_) calls.push_back(entry.call);
  return calls;
}

void Host::enqueue(const CallPtr& call, Timer limit) {
  const auto [entry, is_new] = in_flight_.try_emplace(call->id, InFlight{call, std::move(limit)});
  try {
    send_queue_.add(call);
  } catch (...) {
    if (is_new) in_flight_.erase(entry);
    throw;
  }
  channel_.on_send(*call);
  listener_.on_change(*this);
}

void Host::adopt(const CallPtr& call, Timer limit) {
  in_flight_.try_emplace(call->id, InFlight{call, std::move(limit)});
  listener_.on_change(*this);
}

void Host::forget(const CallState& call) {
  listener_.on_change(*this);
  if (const auto found = in_flight_.find(call.id); found != in_flight_.end()) {
    if (found->second.is_recalled) --recalled_;
    in_flight_.erase(found);
    return;
  }
  for (const CallLine::Entry& entry : line_.entries()) {
    if (entry.call.get() == &call && entry.is_recalled) --recalled_;
  }
  line_.remove(call);
  health_->set_calls_ahead(line_.size());
}

void Host::flush() {
  if (pid_ == 0) return;
  watch_writable(send_queue_.send(channel_.fd()) == Transfer::kWouldBlock);
}

void Host::watch_writable(bool writable) {
  if (writable == is_watching_writable_ || !is_watching_calls_) return;
  is_watching_writable_ = writable;
  poller_.watch_writable(channel_.fd(), writable);
}

void Host::abandon(const CallState& call, Ending how) {
  if (!has(call)) return;
  const InFlight* const entry = find(call);
  if (entry != nullptr && entry->is_given_back) return forget(call);
  const bool is_closing = how == Ending::kClose;
  const std::string frame = is_closing ? wire::encode_close(call.id) : wire::encode_cancel(call.id);
  control_unsent_.reserve(control_unsent_.size() + frame.size());  // what can throw comes first
  abandoned_.emplace(call.id, Abandoned{call.sequence, entry != nullptr && entry->is_recalled, is_closing});
  forget(call);
  send_control(frame);
}

std::size_t Host::closing() const {
  const auto is_closing = [](const auto& call) { return call.second.is_closing; };
  return static_cast<std::size_t>(std::ranges::count_if(abandoned_, is_closing));
}

void Host::interrupt_closing() {
  for (auto& [id, call] : abandoned_) {
    if (std::exchange(call.is_closing, false)) send_control(wire::encode_cancel(id));
  }
}

std::vector<CallAtDeath> Host::calls_at_death() const {
  std::vector<CallAtDeath> calls;
  for (const auto& [id, entry] : in_flight_) calls.push_back({id, entry.call->sequence, false});
  for (const CallLine::Entry& entry : line_.entries()) calls.push_back({entry.call->id, entry.call->sequence, false});
  for (const auto& [id, call] : abandoned_) calls.push_back({id, call.sequence, true});
  return calls;
}

// --- the control channel

// A host that does not read its control channel is killed in the end, or goes on when it is no longer stopped.
void Host::send_control(std::string_view frame) {
  control_unsent_ += frame;
  flush_control();
}

void Host::flush_control() {
  const std::array<std::string_view, 1> parts{control_unsent_};
  const auto [state, count] = process::send_some(control_.get(), parts, 0);
  control_unsent_.erase(0, state == Transfer::kRefused || !is_watching_control_ ? control_unsent_.size() : count);
  if (control_unsent_.empty() == !is_control_full_) return;
  is_control_full_ = !control_unsent_.empty();
  if (is_watching_control_) poller_.watch_writable(control_.get(), is_control_full_);
}

void Host::grant_credit(const CallPtr& call) {
  if (find(*call) == nullptr) return;
  const std::int64_t bytes = call->items->grant_due_credit();
  if (bytes == 0) return;
  try {
    send_control(wire::encode_credit(call->id, bytes));
  } catch (...) {
    call->items->undo_grant(bytes);
    throw;
  }
  call->progress = now();
}

void Host::request_stacks() {
  stacks_.clear();
  if (!is_control_full_) send_control(wire::encode_dump());
}

void Host::probe() {
  const std::string frame = wire::encode_probe(health_->next(Clock::now()));
  if (!is_control_full_) send_control(frame);
}

void Host::forget_control() {
  is_watching_control_ = false;
  poller_.remove(control_.get());
}

void Host::read_control() {
  if (is_control_full_) flush_control();
  std::array<char, 4096> buffer{};
  const auto [state, count] = process::read_some(control_.get(), buffer.data(), buffer.size());
  if (state == Transfer::kWouldBlock) return;
  if (state != Transfer::kDone) return forget_control();
  control_decoder_.feed({buffer.data(), count});
  auto event = control_decoder_.next();
  while (event == wire::FrameDecoder::Event::kFrame && wire::is_pong(control_decoder_.payload())) {
    event = control_decoder_.next();
  }
  if (event == wire::FrameDecoder::Event::kNeedMore) return;
  record_violation("an unknown message on the control channel");
  forget_control();
}

// --- stacks and output

void Host::read_diagnostics() {
  std::array<char, 4096> buffer{};
  for (int i = 0; i < kReadsPerEvent; ++i) {
    const auto [state, count] = process::read_some(diagnostics_.get(), buffer.data(), buffer.size());
    if (state == Transfer::kWouldBlock) return;
    if (state != Transfer::kDone) return poller_.remove(diagnostics_.get());
    const bool had_threads = stacks_.has_threads();
    const bool had_calls = stacks_.has_calls();
    stacks_.feed({buffer.data(), count});
    if (!had_threads && stacks_.has_threads()) listener_.on_stacks(*this);
    if (!had_calls && stacks_.has_calls()) listener_.on_stacks(*this);
  }
}

void Host::read_output(HostOutput& output) {
  if (!output.read()) poller_.remove(output.fd());
}

std::string Host::take_captured(bool from_stderr) { return (from_stderr ? err_ : out_).take_captured(); }

void Host::drain_output() {
  read_output(out_);
  read_output(err_);
}

void Host::drain() {
  read_watched_calls();
  read_diagnostics();
  drain_output();
}

void Host::finish_output() {
  out_.finish();
  err_.finish();
}

}  // namespace provider_host::internal
