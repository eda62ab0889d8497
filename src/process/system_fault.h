#pragma once

#include <cerrno>
#include <string>
#include <system_error>

namespace provider_host::process {

/// What a system call said, and what to do where a limit of this process is the reason.
inline std::string text_of(const std::system_error& error) {
  const std::string text = error.what();
  if (error.code() == std::error_code(EMFILE, std::generic_category()))
    return text + "; raise the limit of open files (`ulimit -n`)";
  if (error.code() == std::error_code(EFBIG, std::generic_category()))
    return text + "; raise the limit of file sizes (`ulimit -f`)";
  if (error.code() == std::error_code(EAGAIN, std::generic_category()))
    return text + "; raise the limit of processes (`ulimit -u`)";
  return text;
}

}  // namespace provider_host::process
