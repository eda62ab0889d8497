#include "values/json_writer.h"

#include <string>

#include "values/json_value_writer.h"

namespace provider_host::values {

WriteResult JsonWriter::write(PyObject* value, ByteBuffer& out, std::span<const std::string_view> required) const {
  const std::size_t start = out.size();
  ValueWriter writer(options_, out, required);
  WriteResult result;
  if (!writer.write(value) || !writer.within_limit()) {
    out.truncate(start);
    result.error = writer.take_error("$");
    return result;
  }
  result.is_object = out.data()[start] == '{';
  result.has_required_key = writer.has_required_key();
  return result;
}

WriteResult JsonWriter::write_item(PyObject* value, ByteBuffer& out, std::size_t index) const {
  const std::size_t start = out.size();
  ValueWriter writer(options_, out, {});
  WriteResult result;
  if (writer.write(value) && writer.within_limit()) return result;
  out.truncate(start);
  result.error = writer.take_error("$[" + std::to_string(index) + "]");
  return result;
}

}  // namespace provider_host::values
