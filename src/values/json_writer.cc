#include "values/json_writer.h"

#include "values/json_value_writer.h"

namespace provider_host::values {

WriteResult JsonWriter::write(PyObject* value, ByteBuffer& out, std::span<const std::string_view> required) const {
  const std::size_t start = out.size();
  ValueWriter writer(options_, out, required);
  WriteResult result;
  if (!writer.write(value) || !writer.within_limit()) {
    out.truncate(start);
    result.error = writer.take_error();
    return result;
  }
  result.is_object = out.data()[start] == '{';
  result.has_required_key = writer.has_required_key();
  return result;
}

}  // namespace provider_host::values
