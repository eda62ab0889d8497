#include "server/service.h"

#include <spdlog/fmt/fmt.h>

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "base/random_seed.h"
#include "base/utf8.h"
#include "server/calls/handlers.h"
#include "server/calls/item_stream.h"
#include "server/embedded_files.h"
#include "server/failure_response.h"
#include "server/http/uri.h"
#include "server/monitoring/metrics_text.h"
#include "server/monitoring/snapshot.h"
#include "server/openai/error_body.h"
#include "server/openai/models.h"
#include "server/router.h"
#include "server/unix_time.h"

namespace provider_host::server {
namespace {

constexpr unsigned kTicksPerEvent = 4;
constexpr int kClientGone = 499;
constexpr std::string_view kCallPath = "/v1/call";
constexpr std::string_view kModelPrefix = "/v1/models/";
// The page is all there is: it loads nothing and talks to this server alone.
constexpr const char* kPagePolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

Access::Rules rules_of(const ServerOptions& options) {
  return {options.api_key, options.cors_origins,
          options.api_key.empty() && options.listen.is_loopback() && !options.allow_unauthenticated};
}

std::string_view code_of(int status) {
  switch (status) {
    case 401:
      return "invalid_api_key";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 405:
      return "method_not_allowed";
    case 408:
      return "request_timeout";
    case 413:
      return "request_too_large";
    case 431:
      return "header_too_large";
    case 503:
      return "too_many_connections";
    default:
      return "invalid_request";
  }
}

}  // namespace

Service::Service(const ServerOptions& options, CallRunner& runner, const PoolLog& log, AccessLog& access_log)
    : options_(options),
      runner_(runner),
      log_(log),
      facts_{options.version, options.script, options.model_name, unix_time()},
      access_(rules_of(options)),
      access_log_(access_log),
      context_{options_, runner_, metrics_, failures_},
      random_(random_seed()) {}

Service::~Service() = default;

std::string Service::new_id() { return fmt::format("req_{:016x}{:08x}", random_(), random_() >> 32); }

// --- requests

std::optional<Response> Service::check(const Request& request) {
  const Route route = route_of(request.path);
  if (const auto refusal = access_.check(request, route)) return refuse(request, *refusal);
  const bool about_all = request.path.empty() && request.method == "OPTIONS";  // OPTIONS *
  if (route == Route::kOther && !about_all) {
    return refuse(request, {404, "there is nothing at " + to_valid_utf8(request.path) + "; see /openapi.json"});
  }
  if (request.method == "OPTIONS") return respond_to_options(request, route);
  if (allows(route, request.method)) return std::nullopt;
  Response response =
      refuse(request, {405, request.path + " takes " + std::string(methods_of(route)) + ", not " + request.method});
  response.fields.emplace_back("Allow", methods_of(route));
  return response;
}

std::optional<Response> Service::respond_to_options(const Request& request, Route route) const {
  Response response;
  response.status = 204;
  response.content_type = "";
  response.fields.emplace_back("Allow", methods_of(route));
  if (!access_.allowed_origin(request).empty()) {
    response.fields.emplace_back("Access-Control-Allow-Methods", methods_of(route));
    response.fields.emplace_back("Access-Control-Allow-Headers", "*, Authorization, Content-Type");
    response.fields.emplace_back("Access-Control-Max-Age", "600");
  }
  return response;
}

Response Service::refuse(const Request& request, const Refusal& refusal) {
  FailureStatus status{refusal.status, false, std::nullopt};
  if (refusal.status == 503) status = {503, true, 1};
  Response response;
  if (request.path == kCallPath) {
    Error error;
    error.kind = refusal.status == 503 ? ErrorKind::kPoolUnavailable : ErrorKind::kInvalidRequest;
    error.message = refusal.message;
    response = failure_response(status, failure_body(error, ErrorFormat::kOwn));
  } else {
    response = failure_response(
        status, openai_error(refusal.message, openai_error_type(refusal.status), {}, code_of(refusal.status)));
  }
  if (refusal.status == 401) response.fields.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

void Service::on_began(Exchange& exchange) {
  metrics_.request_started(route_of(exchange.request().path));
  ++in_flight_;
  exchange.set_id(new_id());
  exchange.add_field("x-request-id", exchange.id());
  if (options_.cors_origins.empty()) return;
  exchange.add_field("Vary", "Origin");
  if (std::string origin = access_.allowed_origin(exchange.request()); !origin.empty()) {
    exchange.add_field("Access-Control-Allow-Origin", std::move(origin));
    exchange.add_field("Access-Control-Expose-Headers", "x-request-id, x-should-retry, Retry-After");
  }
}

void Service::handle(const std::shared_ptr<Exchange>& exchange) {
  try {
    respond(exchange);
  } catch (const std::exception& error) {  // no memory, or no thread
    if (exchange->has_started()) throw;
    const bool own = exchange->request().path == kCallPath;
    respond_failure(context_, *exchange, not_handled(error), own ? ErrorFormat::kOwn : ErrorFormat::kOpenai);
  }
}

void Service::respond(const std::shared_ptr<Exchange>& exchange) {
  switch (route_of(exchange->request().path)) {
    case Route::kChat:
      return handle_chat(context_, exchange);
    case Route::kCall:
      return handle_call(context_, exchange);
    case Route::kEmbeddings:
      return handle_embeddings(context_, exchange);
    case Route::kModels:
      return respond_models(*exchange);
    case Route::kHealth:
      return respond_health(*exchange);
    case Route::kMetrics: {
      Response response;
      response.content_type = kMetricsType;
      response.body = metrics_text(runner_.pool().stats(), metrics_, facts_);
      return exchange->respond(std::move(response));
    }
    case Route::kStats:
      return respond_stats(exchange);
    case Route::kPage:
      return respond_page(*exchange);
    case Route::kOther:
      break;  // check() refuses it
  }
}

void Service::on_finished(const Exchange& exchange, bool sent) {
  --in_flight_;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - exchange.began()).count();
  const int status = sent ? exchange.status() : kClientGone;
  metrics_.request_ended(route_of(exchange.request().path), status, seconds);
  metrics_.bytes_in(exchange.request().body.size());
  metrics_.bytes_out(exchange.body_size());
  access_log_.add(exchange, status, seconds);
}

// --- what needs no call

void Service::respond_models(Exchange& exchange) {
  const auto created = static_cast<std::int64_t>(facts_.started);
  const std::string& path = exchange.request().path;
  Response response;
  if (!path.starts_with(kModelPrefix)) {
    response.body = models_list(options_.model_name, created);
  } else if (percent_decoded(std::string_view(path).substr(kModelPrefix.size())) == options_.model_name) {
    response.body = model_object(options_.model_name, created);
  } else {
    response = refuse(exchange.request(), {404, "there is one model, " + options_.model_name});
  }
  exchange.respond(std::move(response));
}

HealthVerdict Service::verdict(const PoolStats& stats, HealthLevel level) const {
  return readiness(stats, runner_.pool().start_report().has_value(), draining_, level);
}

void Service::respond_health(Exchange& exchange) {
  Response response;
  response.fields.emplace_back("Cache-Control", "no-store");
  const Request& request = exchange.request();
  if (request.path == "/health/live") {
    response.body = kLiveJson;
    return exchange.respond(std::move(response));
  }
  HealthLevel level = HealthLevel::kProcess;
  if (const auto name = query_value(request.query, "level")) {
    const auto asked = parse_health_level(*name);
    if (!asked) return exchange.respond(refuse(request, {400, "the level is process, gil or loop"}));
    level = *asked;
  }
  const PoolStats stats = runner_.pool().stats();
  const HealthVerdict health = verdict(stats, level);
  response.status = health.code;
  if (health.code == 503) response.fields.emplace_back("Retry-After", "1");
  response.body = readiness_json(health, stats);
  exchange.respond(std::move(response));
}

void Service::respond_page(Exchange& exchange) {
  Response response;
  if (exchange.request().path == "/openapi.json") {
    response.body = openapi_json();
  } else {
    response.content_type = "text/html; charset=utf-8";
    response.fields = {{"Content-Security-Policy", kPagePolicy}, {"Referrer-Policy", "no-referrer"}};
    response.body = page_html();
  }
  response.fields.emplace_back("X-Content-Type-Options", "nosniff");
  response.fields.emplace_back("Cache-Control", "no-cache");
  exchange.respond(std::move(response));
}

std::string Service::snapshot() const {
  const PoolStats stats = runner_.pool().stats();
  return snapshot_json(facts_, verdict(stats).status, unix_time(), stats, metrics_, failures_, log_);
}

void Service::respond_stats(const std::shared_ptr<Exchange>& exchange) {
  if (exchange->request().path == "/events") return watchers_.add(exchange, snapshot());
  Response response;
  response.fields.emplace_back("Cache-Control", "no-store");
  response.body = snapshot();
  exchange->respond(std::move(response));
}

void Service::tick() {
  const auto now = std::chrono::steady_clock::now();
  const std::vector<ItemStream*> streams(context_.streams.begin(), context_.streams.end());
  for (ItemStream* stream : streams) stream->check_heartbeat(now);
  if (++ticks_ % kTicksPerEvent != 0) return;
  if (!watchers_.empty()) watchers_.send(snapshot());
}

}  // namespace provider_host::server
