#include "host/calls/response_writer.h"

#include <algorithm>
#include <array>
#include <new>
#include <span>
#include <string>

#include "base/utf8.h"
#include "values/json_number.h"
#include "values/python_error.h"
#include "wire/frame_codec.h"
#include "wire/json_members.h"
#include "wire/messages.h"

namespace provider_host::host {
namespace {

namespace py = pybind11;

constexpr std::size_t kKeptCapacity = std::size_t{4} << 20;

std::span<const std::string_view> required_keys(Api api) {
  static constexpr std::array<std::string_view, 2> kCall{"output", "error"};
  static constexpr std::array<std::string_view, 2> kEmbedding{"embedding", "error"};
  static constexpr std::array<std::string_view, 2> kClassification{"classification", "error"};
  switch (api) {
    case Api::kCall:
      return kCall;
    case Api::kEmbedding:
      return kEmbedding;
    case Api::kClassification:
      return kClassification;
    case Api::kNone:
      break;
  }
  return {};
}

// `subject`: what an error calls the value.
values::WriterOptions options_of(const StartMessage& start, const char* subject) {
  return {.nan_as_null = start.nan_as_null,
          .replace_surrogates = start.replace_surrogates,
          .bytes_as_base64 = start.bytes_as_base64,
          .size_limit = start.frame_limit,
          .subject = subject};
}

py::str text_of(std::string_view bytes) {
  const std::string valid = to_valid_utf8(bytes);
  return py::str(valid.data(), valid.size());
}

py::tuple texts(std::span<const std::string_view> keys) {
  py::tuple tuple(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) tuple[i] = text_of(keys[i]);
  return tuple;
}

// For when nothing can be imported, as without a free descriptor.
py::dict bare_exception(const py::object& raised) {
  const std::string type = Py_TYPE(raised.ptr())->tp_name;
  const auto text = py::reinterpret_steal<py::object>(PyObject_Str(raised.ptr()));
  const char* const utf8 = text ? PyUnicode_AsUTF8(text.ptr()) : nullptr;
  if (utf8 == nullptr) PyErr_Clear();
  py::dict error = make_error("python_exception", utf8 != nullptr ? type + ": " + utf8 : type);
  error["type"] = text_of(type);
  return error;
}

py::dict write_error_object(const values::WriteError& written) {
  py::dict error = make_error("invalid_response", written.message);
  error["path"] = text_of(written.path);
  if (!written.traceback.empty()) error["traceback"] = text_of(written.traceback);
  return error;
}

}  // namespace

std::string_view result_key(Api api) {
  const auto keys = required_keys(api);
  return keys.empty() ? "output" : keys.front();
}

py::dict make_error(std::string_view kind, std::string_view message) {
  py::dict error;
  error["kind"] = text_of(kind);
  error["message"] = text_of(message);
  return error;
}

py::object make_memory_error() {
  return py::reinterpret_borrow<py::object>(PyExc_MemoryError)("out of memory in the host");
}

void set_partial(py::dict& error, const std::optional<std::string>& partial) {
  if (partial) error["partial"] = text_of(*partial);
}

ResponseWriter::ResponseWriter(const StartMessage& start, BootstrapModules& modules)
    : modules_(modules),
      frame_limit_(start.frame_limit),
      results_(options_of(start, "the result")),
      items_(options_of(start, "the item")),
      texts_(
          {.nan_as_null = true, .replace_surrogates = true, .bytes_as_base64 = true, .size_limit = start.frame_limit}) {
}

std::size_t ResponseWriter::payload_size() const { return out_.size() - wire::kHeaderSize; }

void ResponseWriter::begin(std::string_view prefix) {
  out_.clear();
  out_.append(std::string_view("\0\0\0\0", wire::kHeaderSize));
  out_.append(prefix);
}

void ResponseWriter::begin(std::string_view prefix, std::uint64_t id, std::string_view key) {
  begin(prefix);
  values::append_integer(out_, id);
  out_.append(key);
}

void ResponseWriter::release() { out_.clear_and_release_above(kKeptCapacity); }

void ResponseWriter::result(const Request& request, const py::object& value) {
  this->value(request, value, required_keys(request.api));
}

void ResponseWriter::returned(const Request& request, const py::object& value) { this->value(request, value, {}); }

// Always writes a message.
void ResponseWriter::value(const Request& request, const py::object& value,
                           std::span<const std::string_view> required) {
  try {
    begin(R"({"type":"result","id":)", request.id, R"(,"result":)");
    const values::WriteResult written = results_.write(value.ptr(), out_, required);
    if (written.error) {
      error(request.id, write_error_object(*written.error));
    } else if (!required.empty() && !(written.is_object && written.has_required_key)) {
      error(request.id, modules_.function("errors", "shape_error")(request.function, texts(required), value));
    } else {
      end_result(request);
    }
  } catch (const std::bad_alloc&) {
    out_.clear_and_release_above(0);
    error(request.id, make_error("invalid_response", "the host has not enough memory to write down the result of " +
                                                         request.function + "()"));
  }
}

void ResponseWriter::joined(const Request& request, const wire::StreamJoin& items) {
  const auto required = required_keys(request.api);
  const std::string json = items.result();
  const auto has = [&json](std::string_view key) { return !wire::member(json, key).empty(); };
  if (!required.empty() && std::none_of(required.begin(), required.end(), has)) {
    const py::object value = py::module_::import("json").attr("loads")(text_of(json));
    error(request.id, modules_.function("errors", "shape_error")(request.function, texts(required), value));
    return;
  }
  begin(R"({"type":"result","id":)", request.id, R"(,"result":)");
  out_.append(json);
  end_result(request);
}

// Behind the value.
void ResponseWriter::end_result(const Request& request) {
  out_.push_back('}');
  if (payload_size() <= frame_limit_) return;
  error(request.id, above_limit("the result of " + request.function + "() takes ", payload_size()));
}

py::dict ResponseWriter::above_limit(const std::string& what, std::size_t size) const {
  py::dict error =
      make_error("invalid_response", what + std::to_string(size) + " bytes as JSON, above the frame limit of " +
                                         std::to_string(frame_limit_));
  error["path"] = "$";
  return error;
}

py::object ResponseWriter::item(const Request& request, std::size_t index, const py::object& item) {
  begin(R"({"type":"item","id":)", request.id, R"(,"item":)");
  item_start_ = out_.size();
  const values::WriteResult written = items_.write_item(item.ptr(), out_, index);
  if (written.error) return write_error_object(*written.error);
  out_.push_back('}');
  if (payload_size() <= frame_limit_) return {};
  const std::string position = "[" + std::to_string(index) + "]";
  py::dict error = above_limit("item " + position + " of " + request.function + "() takes ", payload_size());
  error["path"] = "$" + position;
  return error;
}

std::string_view ResponseWriter::item_json() const {
  return out_.view().substr(item_start_, out_.size() - item_start_ - 1);
}

void ResponseWriter::progress(std::uint64_t id) { begin(R"({"type":"progress","id":)", id, "}"); }

void ResponseWriter::error(std::uint64_t id, const py::object& error) {
  error_object(R"({"type":"error","id":)" + std::to_string(id) + R"(,"error":)", error);
}

// An interrupt that arrives while the exception is described is too late.
void ResponseWriter::exception(std::uint64_t id, const py::object& raised, const std::optional<std::string>& partial) {
  constexpr int kAttempts = 3;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    try {
      py::dict described = modules_.function("errors", "exception_error")(raised);
      set_partial(described, partial);
      error(id, described);
      return;
    } catch (py::error_already_set&) {
    }
  }
  py::dict bare = bare_exception(raised);
  set_partial(bare, partial);
  error(id, bare);
}

void ResponseWriter::recalled(std::uint64_t id) { begin(R"({"type":"recalled","id":)", id, "}"); }

void ResponseWriter::failed(const py::object& error) { error_object(R"({"type":"failed","error":)", error); }

void ResponseWriter::imported(std::string_view type, double import_ms, std::string_view default_api) {
  const auto version = py::module_::import("sys").attr("version_info");
  const std::string text = py::str(version.attr("major")).cast<std::string>() + "." +
                           py::str(version.attr("minor")).cast<std::string>() + "." +
                           py::str(version.attr("micro")).cast<std::string>();
  py::dict message;
  message["type"] = text_of(type);
  message["protocol"] = wire::kProtocolVersion;
  message["python"] = text;
  message["executable"] = py::module_::import("sys").attr("executable");
  message["import_ms"] = import_ms;
  if (default_api != "call") message["api"] = default_api;
  begin("");
  texts_.write(message.ptr(), out_, {});
}

void ResponseWriter::unforkable(const std::string& reason) {
  py::dict message;
  message["type"] = "unforkable";
  message["reason"] = text_of(reason);
  begin("");
  texts_.write(message.ptr(), out_, {});
}

// Shortens the texts until the message is within the limit.
void ResponseWriter::error_object(std::string_view prefix, py::dict error) {
  constexpr std::size_t kShortText = 200;
  for (int attempt = 0;; ++attempt) {
    begin(prefix);
    const values::WriteResult written = texts_.write(error.ptr(), out_, {});
    out_.push_back('}');
    if ((!written.error && payload_size() <= frame_limit_) || attempt == 2) break;
    if (attempt == 0) {
      PyDict_DelItemString(error.ptr(), "traceback");
      PyErr_Clear();
    }
    const py::slice start(0, static_cast<py::ssize_t>(attempt == 0 ? frame_limit_ / 16 : kShortText), 1);
    for (const char* const text : {"message", "partial"}) {
      if (error.contains(text)) error[text] = error[text][start];
    }
  }
}

}  // namespace provider_host::host
