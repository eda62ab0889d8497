#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "faults/random.h"
#include "faults/server/attacked_server.h"
#include "faults/server/http_client.h"
#include "faults/server/question.h"

namespace provider_host::chaos {

/// What well-behaved clients have got.
struct GoodCounts {
  std::map<server::Route, std::uint64_t> answers;  ///< With status 200.
  std::map<server::Route, std::uint64_t> lost;     ///< Requests whose connection ended before the answer.
  std::uint64_t calls = 0;                         ///< That succeeded.
  std::set<std::string> ids;                       ///< `x-request-id`
};

/// A well-behaved client: asks one question after the other, some of them pipelined, until the server ends. Reports
/// each answer that is wrong, and each connection that ends without a reason. For one thread.
class GoodClient {
 public:
  GoodClient(AttackedServer& server, int number, Random random) : server_(server), number_(number), random_(random) {}

  void run();
  [[nodiscard]] const GoodCounts& counts() const { return counts_; }

 private:
  bool connect();
  void ask_some();
  bool check(const Question& question, const std::optional<HttpAnswer>& answer);
  bool is_excused(const HttpAnswer& answer) const;

  AttackedServer& server_;
  int number_;
  Random random_;
  std::uint64_t asked_ = 0;
  std::optional<HttpClient> client_;
  GoodCounts counts_;
};

}  // namespace provider_host::chaos
