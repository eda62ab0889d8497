#pragma once

#include <cstddef>
#include <utility>

#include "base/fd.h"

namespace provider_host::process {

/// One page of zeroed memory that two processes map. It lives until both have unmapped it. Move-only.
class SharedPage {
 public:
  static constexpr std::size_t kSize = 4096;

  /// A page that maps nothing; data() is null.
  SharedPage() = default;
  /// Maps the page behind a descriptor, which may be closed afterwards. Throws std::system_error.
  static SharedPage map(int fd);

  SharedPage(SharedPage&& other) noexcept : data_(std::exchange(other.data_, nullptr)) {}
  SharedPage& operator=(SharedPage&& other) noexcept {
    std::swap(data_, other.data_);
    return *this;
  }
  ~SharedPage();

  [[nodiscard]] void* data() const { return data_; }

 private:
  explicit SharedPage(void* data) : data_(data) {}

  void* data_ = nullptr;
};

/// A descriptor of a new page; close-on-exec and above 2. Throws std::system_error.
Fd make_shared_page();

}  // namespace provider_host::process
