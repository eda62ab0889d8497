#pragma once

#include <string_view>

/// Files of this directory that are compiled into the program (embed_file.cmake).
namespace provider_host::server {

/// The OpenAPI document, `GET /openapi.json`; docs: src/server/openapi/openapi.json.
std::string_view openapi_json();

/// The live page, `GET /`: src/server/page/page.html.
std::string_view page_html();

}  // namespace provider_host::server
