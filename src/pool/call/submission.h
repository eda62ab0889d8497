#pragma once

#include <cstddef>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "provider_host/call.h"
#include "provider_host/error.h"
#include "wire/messages.h"

namespace provider_host::internal {

/// A call on its way into the pool.
struct Submission {
  Call call;
  wire::CallMode mode = wire::CallMode::kCall;
  bool checked = false;  ///< The arguments are JSON of the right shape: the pool has just written them.
  /// Not empty: the caller's own prompt, which is JSON text as it stands; `call.args_json` is what follows it. So a
  /// large prompt goes from the caller's memory to the host's without a copy in between.
  std::string_view prompt{};

  /// One of the three APIs with a prompt and one or two objects. The prompt must outlive the call, or be copied
  /// (CallState::keep_prompt).
  static Submission of_api(Api api, const std::string& prompt, std::initializer_list<const nlohmann::json*> objects);
};

/// The API that a call follows; `of_script` when it names neither one nor a function. Pure.
Api followed_api(const Call& call, Api of_script = Api::kCall);

/// Why the pool cannot take it (`invalid_request`); nothing when it can. `frame_limit` in bytes. Pure.
std::optional<Error> find_error(const Submission& submission, std::size_t frame_limit);

}  // namespace provider_host::internal
