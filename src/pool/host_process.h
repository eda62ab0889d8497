#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/spin.h"
#include "pool/blame.h"
#include "pool/call_state.h"
#include "pool/failure.h"
#include "pool/host_output.h"
#include "pool/outbox.h"
#include "pool/spawned_host.h"
#include "pool/stack_dump.h"
#include "pool/stop_plan.h"
#include "process/child.h"
#include "process/poller.h"
#include "process/shared_page.h"
#include "provider_host/script_report.h"
#include "provider_host/stats.h"
#include "wire/black_box.h"
#include "wire/frame_codec.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// The outcome of a result message that `decoder` has just given out; `json` is part of its payload.
Outcome success_of(wire::FrameDecoder& decoder, std::string_view json);

/// How much room the next read from a call channel gets, in bytes: what the frame begun lacks, within bounds.
std::size_t room_for_read(const wire::FrameDecoder& decoder);

/// What is known of a host that has ended; found out once.
struct Death {
  process::ExitStatus status;
  HostFacts facts;
  Blame blame;
  bool is_known = false;    ///< All of it, not only the status.
  bool is_counted = false;  ///< Against the culprit.
};

/// One host process with its channels: sends frames, reads frames, collects what it prints, and tells a listener. It
/// decides nothing. Belongs to the pool's thread, but for call_fd() and decoder(), which a leasing caller thread uses
/// instead.
///
///   pool thread ──call──▶ host ──frames──▶ on_ready, on_start_failed, on_answer, on_obeyed
///                         host ──pipes───▶ on_line, on_dump_end
///
/// That it broke the protocol, closed its channel or ended is only noted (`violated`, `channel_ended`, `ended`), and
/// stays noted until its owner has dealt with it.
class HostProcess {
 public:
  /// Callbacks run inside Poller::wait() or drain(); they may destroy nothing, only the pool's loop does that.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_ready(HostProcess& host, const wire::ReadyMessage& message) = 0;
    virtual void on_start_failed(HostProcess& host, Error error) = 0;
    /// An answer to a call that is still in flight: forget() is the listener's business, once nothing can fail.
    virtual void on_answer(HostProcess& host, const CallPtr& call, Outcome outcome) = 0;
    /// The late answer to an abandoned call: its code has ended.
    virtual void on_obeyed(HostProcess& host) = 0;
    /// The stacks of all threads are there, or now those of the calls as well (has_call_stacks()).
    virtual void on_dump_end(HostProcess& host) = 0;
    virtual void on_line(HostProcess& host, std::string_view source, std::string_view line) = 0;
  };

  /// Takes over the process and sends the start message. Throws std::system_error. `poller` and `listener` outlive
  /// this.
  HostProcess(process::Poller& poller, Listener& listener, SpawnedHost fresh, const wire::StartMessage& start,
              bool capture);
  ~HostProcess();
  HostProcess(const HostProcess&) = delete;
  HostProcess& operator=(const HostProcess&) = delete;

  const int number;

  [[nodiscard]] int pid() const { return pid_; }
  /// With the stacks that its death has left.
  [[nodiscard]] HostFacts facts() const { return facts_with(stacks_.unasked()); }
  /// With those that request_dump() has asked for.
  [[nodiscard]] HostFacts facts_with_dump() const { return facts_with(stacks_.text()); }
  /// By id, so that the oldest comes first.
  [[nodiscard]] const std::map<std::uint64_t, CallPtr>& in_flight() const { return in_flight_; }
  /// The same as a copy, for whoever settles them meanwhile.
  [[nodiscard]] std::vector<CallPtr> calls_in_flight() const;

  /// Lines the call up to be sent; it is in flight now.
  void line_up(CallPtr call);
  /// Sends what is lined up, at once or as soon as the host reads.
  void pump();
  /// Says that a caller thread sends the call itself; its owner's turn.
  void note_sent(CallState& call) {
    call.place = calls_sent() + 1;
    calls_sent_.store(call.place, std::memory_order_relaxed);
    highest_id_ = std::max(highest_id_, call.id);
  }
  /// Takes over a call that a caller thread has sent.
  void adopt(const CallPtr& call) { in_flight_.emplace(call->id, call); }
  /// No longer waits for its answer, which will be dropped. Returns whether it was in flight.
  bool forget(const CallState& call);
  /// No longer waits for its answer and asks its code to end; on_obeyed() says that it did.
  void abandon(const CallState& call);
  /// How many abandoned calls have not ended.
  [[nodiscard]] std::size_t abandoned() const { return abandoned_.size(); }
  /// Asks how well the host is; health() says what came of it.
  void probe();
  /// Any thread.
  [[nodiscard]] HostHealth health(TimePoint now) const;
  /// Any thread.
  [[nodiscard]] std::uint64_t calls_sent() const { return calls_sent_.load(std::memory_order_relaxed); }
  /// Whether it has had all calls that it may get.
  [[nodiscard]] bool is_used_up() const { return call_limit > 0 && calls_sent() >= call_limit; }
  /// In flight and abandoned: what keeps the host busy.
  [[nodiscard]] int load() const { return static_cast<int>(in_flight_.size() + abandoned_.size()); }
  /// What the host noted, and the calls that it has.
  [[nodiscard]] LastWords last_words() const { return LastWords::of(black_box()); }
  [[nodiscard]] std::vector<CallAtDeath> calls_at_death() const;

  /// Asks for the stacks of all threads and calls; on_dump_end() follows unless the host is wedged, and again if Python
  /// can run. Forgets earlier stacks.
  void request_dump();
  [[nodiscard]] const std::string& stack() const { return stacks_.text(); }
  [[nodiscard]] bool has_call_stacks() const { return stacks_.has_calls(); }
  /// The host ends when it has answered what it has.
  void close_writing();
  void signal_group(int signal) const { child_.signal_group(signal); }
  /// Wakes whoever reads the call channel with an end of file.
  void cut_call_channel();

  /// What is wrong with an answer that there is no memory for.
  static constexpr const char* kTooMuch = "it sent more than this process has memory for";

  /// Watches the call channel, or leaves it to a caller thread.
  void watch_calls(bool watched);
  [[nodiscard]] bool watching_calls() const { return watching_calls_; }

  /// Says that the host broke the protocol, and how.
  void note_violation(std::string what);
  /// How the call channel ended, for a person.
  [[nodiscard]] std::string channel_end() const {
    return decoder_.at_boundary() ? "closed its call channel" : "closed its call channel inside a frame";
  }

  [[nodiscard]] int call_fd() const { return call_.get(); }
  wire::FrameDecoder& decoder() { return decoder_; }
  Spin& spin() { return spin_; }

  /// Takes what a caller thread has read already, then what is there now on the call channel; a bounded amount.
  void read_calls();
  /// Reads everything that is there now from the call channel and the pipes.
  void drain();
  /// Only the pipes; what was printed before an answer is there when the answer is.
  void drain_output();
  /// Gives out last lines without an end.
  void finish_output();
  /// Whether others of its group still run; once the process has ended.
  [[nodiscard]] bool has_company() const { return child_.has_company(); }
  /// The exit status once the process has ended.
  std::optional<process::ExitStatus> try_reap() { return child_.try_reap(); }

  /// Why the host may not say this now; empty when it may. A late answer to a call it once got is none of our business.
  [[nodiscard]] std::string objection(const wire::HostMessage& message) const;
  /// Turns one payload into callbacks.
  void handle_payload(std::string_view payload);

  /// What was printed since the last call of this, as valid UTF-8 (only with `capture`).
  std::string take_captured(bool from_stderr);

  // --- bookkeeping of the pool
  bool ready = false;
  bool ended = false;          ///< The process; its remains are looked at until it is `buried`.
  bool buried = false;         ///< Nothing is left of it; the pool's loop destroys it.
  bool distrusted = false;     ///< It broke the protocol or its channel ended; nothing more is read from it.
  bool violated = false;       ///< It broke the protocol, and that is not dealt with yet.
  bool channel_ended = false;  ///< The same for the end of its call channel.
  bool lost = false;           ///< Ended or broke the protocol under a caller; guarded by the pool's mutex.
  std::string violation;       ///< How it broke the protocol; empty when there was no memory for its answer.
  bool start_expired = false;  ///< Its start_timeout passed; it was asked where it is.
  TimePoint spawned{};
  TimePoint ready_at{};
  int generation = 0;              ///< Of the program that it was started as.
  std::uint64_t served = 0;        ///< Calls answered; the owner of the call channel counts them.
  std::uint64_t call_limit = 0;    ///< It gets no more calls than that; 0: as many as there are.
  std::uint64_t successor_at = 0;  ///< After so many answers it is time to look for a successor; 0: never.
  bool outgrown = false;           ///< It takes more memory than it should.
  bool recycled = false;           ///< Its successor has taken over; what it still runs counts as the slot's.
  ScriptReport report;             ///< What is known of it without asking: no functions.
  StopPlan stop_plan;
  bool leaving = false;                  ///< It was told to end when it likes, and not been killed yet.
  bool asked_where = false;              ///< It did not end and was asked where it is.
  std::optional<TimePoint> left_others;  ///< Since when it has ended but others of its group go on.
  TimePoint next_look{};                 ///< When it is time to look whether they still do.
  std::optional<Death> death;            ///< Known once the process has ended.
  TimerQueue::Id timer{};
  TimerQueue::Id obey_timer{};  ///< Its next step for a host with abandoned calls.
  bool condemned = false;       ///< It did not obey in time: it ends when the other calls have.

 private:
  [[nodiscard]] const wire::BlackBox& black_box() const { return *static_cast<const wire::BlackBox*>(page_.data()); }
  [[nodiscard]] HostFacts facts_with(std::string_view stack) const;
  void watch_all();
  void watch_nothing();
  void read_frames();
  bool take_frames();
  void read_control();
  void read_diagnostics();
  void read_output(HostOutput& output);
  void send_control(const std::string& frame) const;
  void watch_writable(bool writable);

  process::Poller& poller_;
  Listener& listener_;
  Fd call_;
  Fd control_;
  Fd diagnostics_;
  process::SharedPage page_;
  HostOutput out_;
  HostOutput err_;
  process::Child child_;
  int pid_;
  wire::FrameDecoder decoder_;
  Spin spin_;
  wire::FrameDecoder control_decoder_;
  std::string script_;
  Outbox outbox_;
  bool watching_calls_ = true;
  bool watching_writable_ = false;
  std::map<std::uint64_t, CallPtr> in_flight_;
  std::map<std::uint64_t, std::uint64_t> abandoned_;  // id → place
  std::atomic<std::uint64_t> calls_sent_ = 0;
  std::uint64_t highest_id_ = 0;  // of all calls sent
  StackDump stacks_;
  std::atomic<std::uint64_t> probes_ = 0;  // asked for
  std::atomic<TimePoint> probed_at_{};     // when the last of them was
};

}  // namespace provider_host::internal
