#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/byte_buffer.h"
#include "values/json_error.h"
#include "values/json_string.h"
#include "values/json_types.h"
#include "values/json_writer.h"

namespace provider_host::values {

/// Writes one Python value, once; see JsonWriter for what and how. Members that return false have met an error. Needs
/// the GIL; `options`, `out` and `required` must outlive it.
///
/// The value may change while it is written: `__json__`, properties and items() are user code. So whatever can run such
/// code holds a reference to what it works on, and sizes are read again after every item.
class ValueWriter {
 public:
  ValueWriter(const WriterOptions& options, ByteBuffer& out, std::span<const std::string_view> required);
  ValueWriter(const ValueWriter&) = delete;
  ValueWriter& operator=(const ValueWriter&) = delete;

  /// Appends the JSON of `value`.
  bool write(PyObject* value);

  /// Whether what was written is within the size limit.
  bool within_limit();
  [[nodiscard]] bool has_required_key() const { return has_required_key_; }
  /// `root` is what its path begins with.
  [[nodiscard]] WriteError take_error(std::string root) { return error_.take(std::move(root)); }

 private:
  class Visit;

  bool literal(std::string_view text);
  bool text(PyObject* str);
  bool integer(PyObject* number);
  bool real(double number);
  bool compound(PyObject* value);
  bool sequence(PyObject* list_or_tuple);
  bool array(PyObject* list_or_tuple);
  bool mapping(PyObject* dict);
  bool dict(PyObject* dict);
  bool items(PyObject* dict);
  bool member(PyObject* name, PyObject* value, bool first);
  bool key(PyObject* name);
  bool converted(PyObject* value);
  std::optional<bool> number_array(PyObject* value);
  bool nothing_in_json(double number);
  bool lone_surrogate(const std::string& where, PyObject* str, std::size_t index);
  bool room_for(std::size_t more);
  bool too_large();

  const WriterOptions& options_;
  ByteBuffer& out_;
  std::span<const std::string_view> required_;
  std::size_t end_limit_;  // of out_
  Surrogates surrogates_;
  bool has_required_key_ = false;
  std::size_t depth_ = 0;             // JSON containers that are open
  const Visit* innermost_ = nullptr;  // the container or converted value around the current one
  TypeForms types_;
  JsonError error_;
};

}  // namespace provider_host::values
