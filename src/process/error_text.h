#pragma once

#include <cerrno>
#include <exception>
#include <string>
#include <system_error>

#include "platform/clone3.h"
#include "platform/process_limit.h"

namespace provider_host::process {

/// What an exception says, and what to do where a limit of this process is the reason.
inline std::string error_text(const std::exception& error) {
  const std::string text = error.what();
  const auto* const system = dynamic_cast<const std::system_error*>(&error);
  if (system == nullptr) return text;
  if (system->code() == std::error_code(EMFILE, std::generic_category()))
    return text + "; raise the limit of open files (`ulimit -n`)";
  if (system->code() == std::error_code(EFBIG, std::generic_category()))
    return text + "; raise the limit of file sizes (`ulimit -f`)";
  if (system->code() == std::error_code(EAGAIN, std::generic_category()) && text.find("allows no more") == text.npos)
    return text + platform::process_limit_hint(EAGAIN);
  if (system->code() == std::error_code(EPERM, std::generic_category()) && text.find("clone3") == text.npos)
    return text + platform::clone3_hint(EPERM);
  return text;
}

/// The same of an exception of any type.
inline std::string error_text(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& known) {
    return error_text(known);
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

}  // namespace provider_host::process
