#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "provider_host/outcome.h"

namespace provider_host {

namespace internal {
class StreamReader;
}  // namespace internal

/// One item of a stream: what the function has yielded, as JSON text. A plain value.
class Item {
 public:
  Item() = default;
  explicit Item(std::string json_text) : json_(std::move(json_text)) {}

  /// Valid UTF-8 JSON, one line; valid as long as this item.
  [[nodiscard]] std::string_view json() const { return json_; }

  /// The item, parsed anew at each call. Integers beyond 64 bits become doubles.
  [[nodiscard]] nlohmann::json value() const;

  /// What it adds to the text of the stream: the item itself if it is a text; the text in `{"output": text}`, with no
  /// other key; that in an OpenAI-style chunk (`choices[0].delta.content`, `choices[0].text`), which may be empty.
  /// Nothing for any other item.
  [[nodiscard]] std::optional<std::string> text() const;

 private:
  std::string json_ = "null";
};

/// The items of one call, in the order in which the script yields them. It runs ahead of its reader by at most 64 KiB,
/// or 256 items, and then waits for it. A function that returns one value has that as its only item, unless it is
/// `None`.
///
/// A stream that waits for its reader keeps its place in a host. So a thread that holds as many unread streams as hosts
/// can take and waits for another call waits until one of them is read, closed or late.
///
/// One thread reads at a time; any thread may close. The destructor closes. Valid after the pool is gone, which settles
/// it before; unread items stay readable. One that is of no call, or was moved from, throws std::logic_error.
///
/// Failures of the call are in the outcome, never thrown. In a forked child reading throws std::logic_error.
class Stream {
 public:
  Stream();
  ~Stream();
  Stream(Stream&&) noexcept;
  Stream& operator=(Stream&&) noexcept;

  /// Waits for the next item; nothing at the end, and from then on. What ended it, well or not, is the outcome().
  /// With an idle host the calling thread itself reads from it; this is the fastest way. `interrupted`, if any, is
  /// asked on this thread several times a second; once it says true the stream is closed.
  std::optional<Item> next(const std::function<bool()>& interrupted = nullptr);

  /// The same, but never waits: nothing also when there is no item yet. See ended().
  std::optional<Item> try_next();

  /// Whether next() has no more items, and the outcome is there.
  [[nodiscard]] bool ended() const;

  /// Waits for the end, and drops the items that are not read by then. Success has what the generator has returned
  /// (`return VALUE`), `null` if nothing; for a function that does not stream, what it returned. Valid as long as this.
  const Outcome& outcome();

  /// Nobody reads any more: unless it has ended, it ends as `cancelled`, and the generator is closed (`GeneratorExit`,
  /// `aclose()`) when it is suspended at a `yield`, or as soon as it gets there. Code that does not get there within
  /// half of PoolOptions::interrupt_grace is interrupted. Does not wait for any of that. Unread items are dropped.
  void close();

  /// Unique in its pool, from 1, among calls and streams.
  [[nodiscard]] std::uint64_t id() const;

  /// For `for (const Item& item : stream)`. It can be iterated once.
  class Iterator {
   public:
    using iterator_concept = std::input_iterator_tag;
    using value_type = Item;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    explicit Iterator(Stream& stream) : stream_(&stream) { ++*this; }
    const Item& operator*() const { return item_; }
    const Item* operator->() const { return &item_; }
    Iterator& operator++() {
      if (auto item = stream_->next()) {
        item_ = std::move(*item);
      } else {
        stream_ = nullptr;
      }
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& iterator, std::default_sentinel_t) { return iterator.stream_ == nullptr; }

   private:
    Stream* stream_ = nullptr;
    Item item_;
  };
  Iterator begin() { return Iterator(*this); }
  [[nodiscard]] static std::default_sentinel_t end() { return {}; }

 private:
  friend class Pool;
  explicit Stream(std::unique_ptr<internal::StreamReader> reader);
  [[nodiscard]] internal::StreamReader& reader() const;
  std::unique_ptr<internal::StreamReader> reader_;
};

}  // namespace provider_host
