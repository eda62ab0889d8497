#include "provider_host/stream.h"

#include <stdexcept>

#include "pool/stream/stream_reader.h"
#include "wire/item_text.h"
#include "wire/json_value.h"

namespace provider_host {

nlohmann::json Item::value() const { return wire::parse_checked(json_); }

std::optional<std::string> Item::text() const { return wire::item_text(json_); }

Stream::Stream() = default;
Stream::Stream(std::unique_ptr<internal::StreamReader> reader) : reader_(std::move(reader)) {}
Stream::~Stream() { close(); }
Stream::Stream(Stream&&) noexcept = default;

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this != &other) {
    close();
    reader_ = std::move(other.reader_);
  }
  return *this;
}

internal::StreamReader& Stream::reader() const {
  if (reader_ == nullptr) throw std::logic_error("this Stream is of no call, or was moved from");
  return *reader_;
}

std::optional<Item> Stream::next(const std::function<bool()>& interrupted) { return reader().next(interrupted); }
std::optional<Item> Stream::try_next() { return reader().try_next(); }
bool Stream::ended() const { return reader().ended(); }
const Outcome& Stream::outcome() { return reader().outcome(); }
std::uint64_t Stream::id() const { return reader().id(); }

void Stream::close() {
  if (reader_ != nullptr) reader_->close();
}

}  // namespace provider_host
