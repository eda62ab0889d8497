#pragma once

#include <string>

#include "provider_host/error.h"
#include "provider_host/outcome.h"

namespace provider_host::promptfoo {

/// What promptfoo shows of a failed call: `Python error: ERROR`, and the traceback below.
struct ErrorText {
  std::string error;
  std::string traceback;
};

/// The error in words. What happened, where and whose fault it is are in it for every kind; the texts of the user's own
/// exceptions stay as they are, all others are without what makes promptfoo run the call again (retry_words.h).
/// `promptfoo_limit`: seconds that promptfoo waits for the call. Pure.
ErrorText describe(const Error& error, double promptfoo_limit);

/// The response to a call, as promptfoo reads it from the file: valid UTF-8, one line. Pure.
std::string response_text(const Outcome& outcome, double promptfoo_limit);

/// Writes the response into a file that is there; promptfoo removes it when it no longer waits. Returns what went
/// wrong, empty when nothing did. Any thread.
std::string write_response(const std::string& path, std::string_view text);

}  // namespace provider_host::promptfoo
