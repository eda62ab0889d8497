#pragma once

namespace provider_host::internal {

/// What faulthandler of Python 3.11 writes when a script crashes in `call_api` beside a thread that waits.
inline constexpr const char* kCrash311 = R"(Fatal Python error: Segmentation fault

Thread 0x00007fd0cb8a56c0 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 327 in wait
  File "/srv/worker.py", line 5 in worker

Current thread 0x00007fd0cc608b80 (most recent call first):
  File "<frozen importlib._bootstrap>", line 241 in _call_with_frames_removed
  File "/srv/providers/provider.py", line 3 in call_api
  File "/srv/providers/provider.py", line 8 in <module>

Extension modules: numpy.core._multiarray_umath (total: 1)
)";

}  // namespace provider_host::internal
