#include "server/calls/call_runner.h"

#include <boost/asio/post.hpp>
#include <exception>
#include <string>
#include <utility>

namespace provider_host::server {

Outcome not_handled(const std::exception& error) {
  Error failure;
  failure.kind = ErrorKind::kPoolUnavailable;
  failure.message = std::string("the server could not handle the request: ") + error.what();
  return Outcome::failure(std::move(failure));
}

CallRunner::CallRunner(boost::asio::io_context& io, Pool& pool)
    : io_(io), inbox_(std::make_shared<Inbox>(io)), pool_(pool) {
  inbox_->start([this](Inbox::Events& events) { on_events(events); });
}

CallRunner::~CallRunner() { close(); }

void CallRunner::close() {
  inbox_->close();
  calls_.clear();
  streams_.clear();
}

std::uint64_t CallRunner::submit(Call call, OnSettled on_settled) {
  const std::uint64_t tag = ++last_tag_;
  inbox_->expect(calls_.size() + streams_.size() + 1);
  calls_.emplace(tag, RunningCall{{}, std::move(on_settled)});
  if (unsent_.empty()) boost::asio::post(io_, [this] { flush(); });
  unsent_.push_back({std::move(call), tag});
  return tag;
}

void CallRunner::flush() {
  std::vector<TaggedCall> calls = std::exchange(unsent_, {});
  if (calls.empty()) return;
  std::vector<std::uint64_t> tags;
  tags.reserve(calls.size());
  for (const TaggedCall& call : calls) tags.push_back(call.tag);
  std::vector<Pending> pending;
  try {
    pending = pool_.submit_many_nonblocking(std::move(calls), inbox_);
  } catch (const std::exception& error) {  // none was queued
    for (const std::uint64_t tag : tags) settle(tag, not_handled(error));
    return;
  }
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (const auto found = calls_.find(tags[i]); found != calls_.end()) found->second.pending = std::move(pending[i]);
  }
}

void CallRunner::settle(std::uint64_t tag, Outcome outcome) {
  const auto found = calls_.find(tag);
  if (found == calls_.end()) return;
  const OnSettled on_settled = std::move(found->second.on_settled);
  calls_.erase(found);
  try {
    on_settled(std::move(outcome));
  } catch (const std::exception& error) {  // its result may be large, an error is not
    on_settled(not_handled(error));
  }
}

std::uint64_t CallRunner::stream(Call call, OnReadable on_readable) {
  const std::uint64_t tag = ++last_tag_;
  inbox_->expect(calls_.size() + streams_.size() + 1);
  RunningStream running{pool_.stream(std::move(call), [inbox = inbox_, tag] { inbox->on_readable(tag); }),
                        std::make_shared<OnReadable>(std::move(on_readable))};
  streams_.emplace(tag, std::move(running));
  return tag;
}

void CallRunner::cancel(std::uint64_t tag) {
  const auto found = calls_.find(tag);
  if (found == calls_.end()) return;
  const Pending pending = std::move(found->second.pending);
  calls_.erase(found);
  const bool is_unsent = std::erase_if(unsent_, [tag](const TaggedCall& call) { return call.tag == tag; }) > 0;
  if (!is_unsent) pending.cancel();
}

void CallRunner::resume_stream(std::uint64_t tag) {
  const auto found = streams_.find(tag);
  if (found == streams_.end()) return;
  const auto on_readable = found->second.on_readable;  // it may close the stream
  (*on_readable)(found->second.stream);
}

void CallRunner::close_stream(std::uint64_t tag) { streams_.erase(tag); }

void CallRunner::on_events(Inbox::Events& events) {
  for (TaggedOutcome& settled : events.outcomes) settle(settled.tag, std::move(settled.outcome));
  for (const std::uint64_t tag : events.readable) resume_stream(tag);
}

}  // namespace provider_host::server
