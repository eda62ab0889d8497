#include "cli/batch/output/output_line.h"

#include <algorithm>
#include <charconv>

#include "cli/batch/output/line_digest.h"
#include "cli/io/json_text.h"
#include "cli/io/raw_object.h"

namespace provider_host::cli {
namespace {

constexpr std::string_view kLineStart = "{\"index\":";
constexpr std::uint64_t kMaxCalls = std::uint64_t{1} << 59;  // what a WrittenCall can name

std::uint64_t index_of(const RawObject& fields) {
  const std::string* raw = fields.find("index");
  if (raw == nullptr) throw JsonError("a field is missing");
  std::uint64_t index = 0;
  const char* end = raw->data() + raw->size();
  const auto read = std::from_chars(raw->data(), end, index);
  if (read.ec != std::errc() || read.ptr != end || index >= kMaxCalls) throw JsonError("its index is no number");
  return index;
}

}  // namespace

WrittenCall read_output_line(std::string_view line) {
  const RawObject fields = RawObject::parse(line);
  const std::string* ok = fields.find("ok");
  const std::string* result = fields.find("result");
  const std::string* id = fields.find("id");
  const std::string* input = fields.find("input_crc32");
  if (ok == nullptr || (*ok != "true" && *ok != "false")) throw JsonError("a field is missing");
  WrittenCall call{};
  call.index = index_of(fields) & (kMaxCalls - 1);
  call.failed = *ok == "false";
  call.provider_error = result != nullptr && has_provider_error(*result);
  call.has_id = id != nullptr && *id != "null";
  call.id = call.has_id ? digest_of_id(*id) : 0;
  if (input != nullptr && is_string(*input) && input->size() > 2) {
    std::uint32_t digest = 0;
    call.has_input = read_digest(std::string_view(*input).substr(1, input->size() - 2), digest);
    call.input = digest;
  }
  return call;
}

std::uint64_t read_output_index(std::string_view line) {
  if (line.starts_with(kLineStart)) {
    std::uint64_t index = 0;
    const char* end = line.data() + line.size();
    const auto read = std::from_chars(line.data() + kLineStart.size(), end, index);
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == ',') return index;
  }
  return read_output_line(line).index;
}

bool may_begin_output_line(std::string_view tail) {
  const std::size_t length = std::min(tail.size(), kLineStart.size());
  return tail.substr(0, length) == kLineStart.substr(0, length);
}

}  // namespace provider_host::cli
