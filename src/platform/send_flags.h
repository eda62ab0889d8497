#pragma once

#include <sys/socket.h>

namespace provider_host::platform {

/// For send(2) and sendmsg(2): where nobody reads any more it fails, without SIGPIPE. Where there is no such flag, the
/// sockets of close_on_exec.h and pipes.h never cause that signal.
#ifdef MSG_NOSIGNAL
inline constexpr int kNoSignal = MSG_NOSIGNAL;
#else
inline constexpr int kNoSignal = 0;
#endif

}  // namespace provider_host::platform
