#pragma once

#include <memory>

#include "server/http/exchange.h"
#include "server/server_context.h"

namespace provider_host::server {

/// One function for each path that makes calls, each in a file of its own. They return at once; the response follows.
void handle_chat(ServerContext& context, const std::shared_ptr<Exchange>& exchange);
void handle_call(ServerContext& context, const std::shared_ptr<Exchange>& exchange);
void handle_embeddings(ServerContext& context, const std::shared_ptr<Exchange>& exchange);

}  // namespace provider_host::server
