#include "cli/batch/runner/runner_loss.h"

#include "cli/batch/stats/counters.h"

namespace provider_host::cli {

std::string text_of_loss(const RunnerLoss& loss, bool is_resumable) {
  const std::string calls = counted(loss.under_way, "call");
  std::string text = loss.reason.message + "; ";
  if (loss.under_way == 0) {
    text += "no call was under way";
  } else {
    text += calls + " that were under way failed as " + std::string(to_string(loss.reason.kind));
  }
  if (!is_resumable) return text + ", and no more were made";
  text.append("; ").append(kGoOn);
  if (loss.under_way > 0) text += "; --retry-failed also makes the " + calls + " again";
  return text;
}

}  // namespace provider_host::cli
