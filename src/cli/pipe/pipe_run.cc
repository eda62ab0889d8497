#include "cli/pipe/pipe_run.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "cli/exit_code.h"
#include "pipe/pipe_response.h"

namespace provider_host::cli {
namespace {

constexpr std::size_t kLeastRead = std::size_t{64} << 10;
constexpr std::size_t kMostRead = std::size_t{1} << 20;
// What a second signal gives to responses that are unsent.
constexpr std::chrono::seconds kLastResponses{5};

Error error_of(ErrorKind kind, std::string message) {
  Error error;
  error.kind = kind;
  error.message = std::move(message);
  return error;
}

bool is_text(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

PipeRun::PipeRun(Session session, std::string default_function, std::size_t frame_limit)
    : session_(session),
      writer_(STDOUT_FILENO, [this] { wake_.set(); }),
      decoder_(frame_limit, wire::FrameDecoder::Utf8Check::kByParser),
      reader_(std::move(default_function)) {}

// Callbacks use everything else here.
PipeRun::~PipeRun() {
  session_.signals.handle_hangup(nullptr);
  if (pool_) pool_->shutdown();
}

int PipeRun::run(PoolOptions options) {
  start(std::move(options));
  const SignalScope scope(session_.signals, [this](int count) { on_signal(count); });
  serve();
  return finish();
}

void PipeRun::start(PoolOptions options) {
  try {
    pool_ = std::make_unique<Pool>(std::move(options));
  } catch (const ImportFailed& failed) {
    no_pool_ = failed.error();
    writer_.add(pipe::failed_message(*no_pool_));
    return;
  }
  inspections_.emplace(
      *pool_, [this](std::uint64_t id, const std::string& payload) { respond(id, [&] { writer_.add(payload); }); },
      [this](std::uint64_t id) { return unfinished_.is_cancelled(id); });
  announcement_.emplace(*pool_, writer_, [this] { wake_.set(); });
  reloads_.emplace(*pool_, session_.console);
  session_.signals.handle_hangup([this] { reloads_->request(); });
}

// --- the loop

void PipeRun::serve() {
  while (!is_over()) wait_for_event();
  has_served_ = true;
  if (interrupted_) say_interrupted();  // the signal may have come after the last event
  if (end_ == End::kReaderGone) {
    if (pool_) pool_->shutdown(0);
  } else {
    writer_.wait_until_sent();
  }
}

bool PipeRun::is_over() const {
  if (end_ == End::kReaderGone) return true;
  const bool starts = pool_ && !announcement_->is_decided() && end_ != End::kInterrupted;
  return end_ != End::kNone && !starts && unfinished_.empty();
}

void PipeRun::wait_for_event() {
  // While a slow reader leaves too much unsent, nothing is read.
  const bool reads = end_ == End::kNone && writer_.has_space();
  std::array<pollfd, 3> events{pollfd{reads ? STDIN_FILENO : -1, POLLIN, 0}, pollfd{wake_.fd(), POLLIN, 0},
                               pollfd{STDOUT_FILENO, 0, 0}};
  if (::poll(events.data(), events.size(), -1) < 0) {
    if (errno == EINTR) return;
    throw std::system_error(errno, std::generic_category(), "poll");
  }
  const auto& [input, wake, output] = events;
  if (wake.revents != 0) wake_.clear();
  if (lost_response_) throw std::runtime_error("there is not enough memory for a response");
  if (output.revents != 0 || writer_.has_ended()) return stop_reading(End::kReaderGone);
  if (interrupted_ && end_ != End::kInterrupted) {
    stop_reading(End::kInterrupted);
    unfinished_.withdraw_all();
    say_interrupted();
  } else if (input.revents != 0 && writer_.has_space()) {
    read_some();
  }
}

void PipeRun::stop_reading(End end) {
  end_ = end;
  reading_ = false;
}

int PipeRun::finish() {
  writer_.check();
  switch (end_) {
    case End::kViolation:
      session_.console.error("stdin: " + input_error_);
      return kWrongUsage;
    case End::kInputFailed:
      throw UsageError("stdin cannot be read: " + input_error_);
    case End::kInterrupted:
      return kInterrupted;
    case End::kNone:
    case End::kInput:
    case End::kReaderGone:
      break;
  }
  if (no_pool_) throw ImportFailed(*no_pool_);
  return pool_->start_report() || end_ == End::kReaderGone ? kDone : kImportFailed;
}

// --- reading

void PipeRun::read_some() {
  const std::size_t size = std::clamp(decoder_.bytes_needed(), kLeastRead, kMostRead);
  const ssize_t count = ::read(STDIN_FILENO, decoder_.prepare(size), size);
  if (count < 0) {
    if (errno == EINTR || errno == EAGAIN) return;
    input_error_ = std::strerror(errno);
    return stop_reading(End::kInputFailed);
  }
  if (count == 0) {
    stop_reading(End::kInput);
    if (!decoder_.at_boundary()) violation("it has ended inside a frame");
    return;
  }
  decoder_.fed(static_cast<std::size_t>(count));
  auto event = decoder_.next();
  for (; event == wire::FrameDecoder::Event::kFrame; event = decoder_.next()) handle(decoder_.payload());
  if (event == wire::FrameDecoder::Event::kViolation) {
    violation(decoder_.violation() +
              (is_text(decoder_.unread().substr(0, wire::kHeaderSize)) ? "; these bytes look like text" : ""));
  }
}

void PipeRun::handle(std::string_view payload) {
  pipe::PipeMessage message = reader_.read(payload);
  if (auto* call = std::get_if<pipe::CallMessage>(&message)) return accept(std::move(*call));
  if (const auto* cancel = std::get_if<pipe::CancelMessage>(&message)) return unfinished_.cancel(cancel->id);
  if (const auto* inspect = std::get_if<pipe::InspectMessage>(&message)) {
    if (begin(inspect->id)) inspections_->add(inspect->id);
    return;
  }
  const auto& bad = std::get<pipe::BadMessage>(message);
  refuse(bad.id, bad.what);
}

void PipeRun::accept(pipe::CallMessage message) {
  const std::uint64_t id = message.id;
  const bool details = message.details;
  if (!begin(id)) return;
  unfinished_.attach(
      id, pool_->submit_nonblocking(std::move(message.call),
                                    [this, id, details](const Outcome& outcome) { on_settled(id, outcome, details); }));
}

// False: the message has got its response.
bool PipeRun::begin(std::uint64_t id) {
  if (no_pool_) {
    writer_.add(pipe::error_response(id, *no_pool_));
    return false;
  }
  if (unfinished_.add(id)) return true;
  refuse(id, "the id " + std::to_string(id) + " belongs to a call that has no response yet; each needs its own");
  return false;
}

void PipeRun::refuse(std::optional<std::uint64_t> id, std::string_view what) {
  writer_.add(
      pipe::error_response(id, error_of(ErrorKind::kInvalidRequest, "the message is wrong: " + std::string(what))));
}

void PipeRun::violation(const std::string& what) {
  input_error_ = what;
  stop_reading(End::kViolation);
  const std::string message = "stdin: " + what + "; nothing behind it can be read";
  writer_.add(pipe::error_response(std::nullopt, error_of(ErrorKind::kProtocolError, message)));
}

// --- on other threads

void PipeRun::on_settled(std::uint64_t id, const Outcome& outcome, bool details) {
  try {
    if (outcome) {
      const std::string head = pipe::result_head(id);
      const std::string tail = pipe::result_tail(outcome, details);
      respond(id, [&] { writer_.add(head, outcome, tail); });
    } else {
      const std::string payload = pipe::error_response(id, outcome, details);
      respond(id, [&] { writer_.add(payload); });
    }
  } catch (...) {  // its client would wait for ever
    lost_response_ = true;
    wake_.set();
  }
}

void PipeRun::respond(std::uint64_t id, const std::function<void()>& respond) {
  announcement_->announce();
  if (unfinished_.finish(id, respond) && !reading_) wake_.set();
}

// Once no other call can begin: who reads it may rely on that. On either thread, once.
void PipeRun::say_interrupted() {
  if (has_said_interrupted_.exchange(true)) return;
  session_.console.note(LogLevel::kWarning,
                        "interrupted: waiting for the calls that are running; once more to end at once");
}

void PipeRun::on_signal(int count) {
  if (count == 1) {
    interrupted_ = true;
    wake_.set();
    if (has_served_) say_interrupted();  // only what a slow reader has not taken is left
    return;
  }
  if (pool_) pool_->shutdown(0);
  writer_.wait_until_sent(std::chrono::steady_clock::now() + kLastResponses);
  std::_Exit(kInterrupted);
}

}  // namespace provider_host::cli
