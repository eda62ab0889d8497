#pragma once

#include <string>

namespace provider_host::server {

/// One request, its body complete. A plain value; texts are as the client sent them.
struct Request {
  std::string method;         ///< `GET`, `POST` and so on.
  std::string path;           ///< Of the target, without the query; not decoded.
  std::string query;          ///< What follows the `?`; empty if there is none.
  std::string body;           ///< Without its chunks.
  std::string host;           ///< The header field `Host`.
  std::string origin;         ///< `Origin`, which browsers send; empty if there was none.
  std::string accept;         ///< `Accept`.
  std::string authorization;  ///< `Authorization`.
  std::string remote;         ///< The client's address and port.
  bool keeps_alive = true;    ///< Whether the client can use the connection again.
  bool takes_chunks = true;   ///< Whether it is of HTTP/1.1; an older client knows no chunks.

  [[nodiscard]] bool is_head() const { return method == "HEAD"; }
};

}  // namespace provider_host::server
