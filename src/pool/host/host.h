#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/poller.h"
#include "pool/call/call_state.h"
#include "pool/call/failure.h"
#include "pool/host/call_channel.h"
#include "pool/host/call_line.h"
#include "pool/host/health_probe.h"
#include "pool/host/host_output.h"
#include "pool/host/host_state.h"
#include "pool/host/send_queue.h"
#include "pool/host/spawned_host.h"
#include "pool/host/stack_dump.h"
#include "pool/policy/crash_attribution.h"
#include "pool/reactor/reactor.h"
#include "pool/reactor/timer.h"
#include "process/process_handle.h"
#include "wire/frame_codec.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// A call that a host has.
struct InFlight {
  CallPtr call;
  Timer limit;                 ///< Its time limit; then the limit of the wait for its stacks.
  bool is_item_late = false;   ///< It was the time of its next item that is up.
  bool is_timing_out = false;  ///< Its time is up; it waits for the stacks of its code.
  bool is_recalled = false;    ///< It was taken back; the host will never begin it.
  bool is_given_back = false;  ///< The host has confirmed that.
};

/// One host process with its channels: sends frames, reads frames, collects its output, and notifies a listener. It
/// makes no decisions. Belongs to the reactor thread, except channel(), which a caller may lease.
///
///   reactor ──call──▶ host ──frames──▶ on_ready, on_start_failed, on_response, on_interrupted
///                     host ──pipes───▶ on_line, on_stacks
///
/// A protocol violation, the end of the channel and the exit of the process are only recorded (`events`). They stay
/// recorded until CrashHandler has handled them.
class Host {
 public:
  /// Callbacks run inside Poller::wait(), drain(), read_calls() or read_collected(); they may destroy nothing.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_ready(Host& host, const wire::ReadyMessage& message) = 0;
    virtual void on_start_failed(Host& host, Error error) = 0;
    /// It was started as a template, and says that it is one (ReadyMessage), that it is a host after all
    /// (UnforkableMessage), or what has become of a fork.
    virtual void on_template_message(Host& host, const wire::HostMessage& message) = 0;
    /// To a call that is still in flight. The listener calls forget(), once nothing can fail.
    virtual void on_response(Host& host, const CallPtr& call, Outcome outcome) = 0;
    /// The next item of a stream in flight has come; `payload` is the size of its message.
    virtual void on_item(Host& host, const CallPtr& call, std::string_view json, std::size_t payload) = 0;
    /// No call is in flight, and the line is not empty: it is the turn of its first call.
    virtual void on_turn(Host& host) = 0;
    /// The late response to an abandoned call: its code has ended.
    virtual void on_interrupted(Host& host) = 0;
    /// The stacks of all threads have arrived, or now also those of the calls (has_call_stacks()).
    virtual void on_stacks(Host& host) = 0;
    virtual void on_line(Host& host, std::string_view source, std::string_view line) = 0;
    /// Its `events` or its load() have changed. Also called outside of Poller::wait().
    virtual void on_change(Host& host) noexcept = 0;
  };

  /// Takes over the process and sends the start message, as soon as there is a process. Throws std::system_error.
  /// `reactor` and `listener` outlive this.
  Host(Reactor& reactor, Listener& listener, SpawnedHost fresh, const wire::StartMessage& start, bool capture);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  int number;  ///< Of its worker, from 1; of a spare what SpareHosts says. HostSet sets it.

  /// 0 while a template has not forked it yet.
  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] bool is_ready() const { return channel_.is_ready(); }
  /// With the stacks of a fatal signal.
  [[nodiscard]] HostInfo info() const { return info_with(stacks_.unrequested()); }
  /// With the stacks that request_stacks() has requested; drains its output.
  [[nodiscard]] HostInfo info_with_stacks();

  // --- calls
  /// By id, so that the oldest comes first.
  [[nodiscard]] const std::map<std::uint64_t, InFlight>& in_flight() const { return in_flight_; }
  /// Nothing when the host does not have it.
  InFlight* find(const CallState& call);
  /// In flight or in the line; null when the host does not have it.
  [[nodiscard]] CallPtr call_with_id(std::uint64_t id) const;
  /// A copy, so that calls may settle while it is iterated.
  [[nodiscard]] std::vector<CallPtr> calls() const;
  /// Queues the call to be sent; it is in flight now. `limit` ends it.
  void enqueue(const CallPtr& call, Timer limit);
  /// Sends what is queued, now or as soon as the socket is writable.
  void flush();
  /// Takes over a call that a caller has sent. `limit` ends it.
  void adopt(const CallPtr& call, Timer limit);
  /// The host has the call no longer; a later response is dropped.
  void forget(const CallState& call);
  /// How the code of a call is asked to end.
  enum class Ending : std::uint8_t {
    kInterrupt,  ///< At once.
    kClose,      ///< A generator, when it is suspended at a `yield`.
  };
  /// The host has the call no longer. Asks its code to end; on_interrupted() follows when it has. One that is given
  /// back has no code that runs.
  void abandon(const CallState& call, Ending how = Ending::kInterrupt);
  /// How many abandoned calls have not ended.
  [[nodiscard]] std::size_t abandoned() const { return abandoned_.size(); }
  /// How many of them are streams that are only to be closed.
  [[nodiscard]] std::size_t closing() const;
  /// Interrupts the code of those now.
  void interrupt_closing();
  /// Tells the host what the stream may send, if that is due.
  void grant_credit(const CallPtr& call);
  /// Calls in flight and abandoned calls; not those of the line.
  [[nodiscard]] int load() const { return static_cast<int>(in_flight_.size() + abandoned_.size()); }
  [[nodiscard]] std::vector<CallAtDeath> calls_at_death() const;
  /// Whether the call is in flight or in the line.
  [[nodiscard]] bool has(const CallState& call) const { return in_flight_.contains(call.id) || line_.contains(call); }
  [[nodiscard]] bool has_calls() const { return !in_flight_.empty() || !line_.empty(); }

  // --- the line: calls that are sent ahead of their turn, behind the one that is in flight
  [[nodiscard]] const CallLine& line() const { return line_; }
  /// Whether there may be a line: the host begins calls one after the other, and calls can be taken back until then.
  [[nodiscard]] bool takes_recalls() const { return health_->record().takes_recalls == wire::CrashRecord::kInUse; }
  /// Queues the call to be sent behind the others. `deadline` ends its wait.
  void line_up(const CallPtr& call, Timer deadline);
  /// The first of the line is in flight now. `limit` ends it. What throws has changed nothing.
  void begin_first(Timer limit);
  /// All of the line is in flight now; for a host that has ended.
  void begin_all();
  /// Takes back the calls that the host has not begun: it never will. Returns them in the order of sending; they stay
  /// until forget(). When the host's record is wrong this is a protocol violation, and nothing is returned.
  std::vector<CallPtr> recall();
  /// Queues a call in flight that recall() has returned to be sent once more.
  void send_again(const CallPtr& call);
  /// Whether recall() has returned calls that were not forgotten yet.
  [[nodiscard]] bool has_recalled() const { return recalled_ > 0; }

  // --- the call channel
  CallChannel& channel() { return channel_; }
  [[nodiscard]] const CallChannel& channel() const { return channel_; }
  /// Whether the reactor watches the channel; not while a caller may lease it.
  void watch_calls(bool watched);
  /// Records a protocol violation. `what` says how.
  void record_violation(std::string what);
  /// Records the end of the channel.
  void record_channel_end();
  /// Handles what a caller has already read, then what is readable now; a bounded amount.
  void read_calls();
  /// Handles what it has put into its response ring, if its calls are watched. It does so while it has more calls to
  /// run, so there may be something while the line is not empty. It costs no system call.
  void read_collected();
  /// The same once all that has come over its channel has been read; also what it was about to send.
  void read_last_collected();
  /// read_calls(), if they are watched.
  void read_watched_calls() {
    if (is_watching_calls_) read_calls();
  }

  // --- health
  /// Sends a health probe; health_probe() has the result.
  void probe();
  [[nodiscard]] std::shared_ptr<const HealthProbe> health_probe() const { return health_; }
  /// What the host records.
  [[nodiscard]] const wire::CrashRecord& record() const { return health_->record(); }
  /// The same when it has ended.
  [[nodiscard]] CrashSnapshot crash_snapshot() const { return CrashSnapshot::of(health_->record()); }

  /// Requests the stacks of all threads and calls. on_stacks() follows unless the host is wedged, and again if Python
  /// can run. Clears earlier stacks.
  void request_stacks();
  /// Handles what has come of them by now.
  void read_stacks() { read_diagnostics(); }
  [[nodiscard]] const std::string& stacks() const { return stacks_.text(); }
  [[nodiscard]] bool has_call_stacks() const { return stacks_.has_calls(); }

  // --- output
  /// Reads everything that is there now from the call channel and the pipes.
  void drain();
  /// Only the pipes; what was printed before a response is there when the response is.
  void drain_output();
  /// Emits last lines without a newline.
  void finish_output();
  /// What was printed since the last call of this, as valid UTF-8 (only with `capture`).
  std::string take_captured(bool from_stderr);

  // --- the process
  void signal_group(int signal) const { process_->signal_group(signal); }
  /// What the kernel says of it (process_state.h).
  [[nodiscard]] bool wants_to_run() const { return process_->wants_to_run(); }
  [[nodiscard]] bool is_exiting() const { return process_->is_exiting(); }
  /// Whether others of its group still run; once the process has ended.
  [[nodiscard]] bool group_is_running() const { return process_->group_is_running(); }
  /// The exit status once the process has ended.
  std::optional<process::ExitStatus> try_reap() { return process_->try_reap(); }

  // --- what the parts of the engine keep with it (host_state.h)
  HostEvents events;
  HostPace pace;
  HostStart start;
  HostService service;
  HostPlace place;
  HostEscalation escalation;
  HostStop stop;
  std::optional<Death> death;  ///< Known once the process has ended.
  /// What time it is for the reactor.
  [[nodiscard]] TimePoint now() const { return grace_timer.now(); }
  Timer grace_timer;  ///< For its start, or for its exit after the end of its channel.

  /// Whether it has got as many calls as `call_limit` allows.
  [[nodiscard]] bool is_used_up() const { return service.call_limit > 0 && channel_.sent() >= service.call_limit; }
  /// Whether calls may be sent to it at all.
  [[nodiscard]] bool is_usable() const { return is_ready() && !events.is_broken && !events.has_exited; }

 private:
  // One noisy script must not keep the reactor for itself: reads per event.
  static constexpr int kReadsPerEvent = 16;

  [[nodiscard]] HostInfo info_with(std::string_view stack) const;
  void watch_all();
  void watch_nothing();
  [[nodiscard]] std::optional<std::uint64_t> last_begun();
  void respond(std::uint64_t id, Outcome outcome);
  void give_back(std::uint64_t id);
  CallPtr begun_call(std::uint64_t id);
  void receive_item(const wire::ItemMessage& item, std::size_t payload);
  void receive_progress(std::uint64_t id);
  template <typename Read>
  void reading(Read read);
  void read_frames();
  void take_collected();
  void take_last_collected();
  void feed(const wire::ResponseRing::Parts& parts);
  bool take_frames();
  void handle_payload(std::string_view payload);
  void read_control();
  void read_diagnostics();
  void read_output(HostOutput& output);
  void send_control(std::string_view frame);
  void flush_control();
  void forget_control();
  void watch_writable(bool writable);

  platform::Poller& poller_;
  Listener& listener_;
  CallChannel channel_;
  Fd control_;
  Fd diagnostics_;
  const std::shared_ptr<HealthProbe> health_;
  HostOutput out_;
  HostOutput err_;
  const std::unique_ptr<process::ProcessHandle> process_;
  int pid_;  // 0: the process has not been forked yet
  wire::FrameDecoder control_decoder_;
  std::string control_unsent_;
  bool is_control_full_ = false;  // it takes no more for now; then there is something unsent
  bool is_watching_control_ = true;
  const std::string script_;
  SendQueue send_queue_;
  bool is_watching_calls_ = true;
  bool is_watching_writable_ = false;
  bool has_read_all_ = false;  // of the channel, up to its end, and nothing was wrong with it
  std::map<std::uint64_t, InFlight> in_flight_;
  CallLine line_;
  std::uint64_t responded_ = 0;  // the highest sequence number of a call that the host has responded to
  std::size_t recalled_ = 0;     // calls that are taken back and not forgotten
  struct Abandoned {
    std::uint64_t sequence = 0;
    bool is_recalled = false;
    bool is_closing = false;
  };
  std::map<std::uint64_t, Abandoned> abandoned_;  // by id
  StackDump stacks_;
};

}  // namespace provider_host::internal
