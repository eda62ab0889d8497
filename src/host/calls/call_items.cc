#include "host/calls/call_items.h"

#include <new>
#include <optional>
#include <utility>

#include "wire/frame_codec.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

constexpr std::chrono::milliseconds kProgressInterval{1};

}  // namespace

CallItems::CallItems(const Request& request, StreamCredits& credits)
    : request_(request), credits_(credits), join_(result_key(request.api)) {}

Demand CallItems::demand() const {
  if (error_ || is_abandoned_) return Demand::kStop;
  return request_.mode == Mode::kStream ? credits_.demand(request_.id) : Demand::kMore;
}

void CallItems::add(const py::object& item, ResponseWriter& writer) {
  py::object error = writer.item(request_, count_, item);
  if (error) {
    writer.nothing();
    refuse(std::move(error));
    return;
  }
  ++count_;
  if (request_.mode == Mode::kStream) {
    credits_.spend(request_.id, writer.payload_size());
  } else {
    join(writer);
  }
}

void CallItems::join(ResponseWriter& writer) {
  join_.add(writer.item_json());
  writer.nothing();
  if (join_.size() > writer.frame_limit()) {
    refuse(writer.above_limit("the items of " + request_.function + "(), joined, take ", join_.size()));
  } else if (request_.mode == Mode::kWatched) {
    const auto now = Clock::now();
    if (now < progress_due_) return;
    progress_due_ = now + kProgressInterval;
    writer.progress(request_.id);
  }
}

void CallItems::refuse(py::dict error) {
  if (request_.mode != Mode::kStream) set_partial(error, join_.partial());
  error_ = std::move(error);
}

void CallItems::finish(const py::object& value, ResponseWriter& writer) const {
  if (error_) {
    writer.error(request_.id, error_);
  } else if (demand() == Demand::kStop) {
    writer.error(request_.id, make_error("python_exception", "the stream was closed"));
  } else if (request_.mode == Mode::kStream) {
    writer.returned(request_, value);
  } else if (!value.is_none()) {
    writer.result(request_, value);
  } else {
    writer.joined(request_, join_);
  }
}

// The memory that is left may not be enough for what has come.
void CallItems::fail(const py::object& raised, ResponseWriter& writer) {
  if (error_) return writer.error(request_.id, error_);
  try {
    return writer.exception(request_.id, raised, request_.mode == Mode::kStream ? std::nullopt : join_.partial());
  } catch (const std::bad_alloc&) {         // NOLINT(bugprone-empty-catch)
  } catch (const py::error_already_set&) {  // NOLINT(bugprone-empty-catch)
  }
  join_ = wire::StreamJoin();
  writer.exception(request_.id, raised);
}

}  // namespace provider_host::host
