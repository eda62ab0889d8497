#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>
#include <optional>
#include <string_view>

#include "server/http/refusal.h"

namespace provider_host::server {

using RequestHeader = boost::beast::http::request_header<boost::beast::http::fields>;

/// Refuses a request about whose end two servers in a row could differ, or that cannot be understood: before its body
/// is read. Its length must be told in exactly one way (RFC 9112, 6.3; request smuggling): by one Content-Length, or by
/// `Transfer-Encoding: chunked` and HTTP/1.1. Pure.
std::optional<Refusal> check_header(const RequestHeader& header);

/// The path and the query of a request's target: of `/a?b`, and of `http://host/a?b` as proxies get it.
struct Target {
  std::string_view path;
  std::string_view query;
};
Target split_target(std::string_view target);

}  // namespace provider_host::server
