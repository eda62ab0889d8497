#include "cli/commands/stream_items.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <utility>

#include "cli/exit_code.h"
#include "cli/io/file_descriptor.h"
#include "cli/io/item_writer.h"
#include "cli/io/json_text.h"
#include "cli/io/output_error.h"

namespace provider_host::cli {
namespace {

// Writes all items; returns the last one, if there is any.
std::optional<Item> write_items(Stream& stream, ItemWriter& writer) {
  std::optional<Item> last;
  const auto stops = [] { return is_closed_by_reader(STDOUT_FILENO); };
  while (auto item = stream.next(stops)) {
    writer.write(*item);
    last = std::move(item);
  }
  if (stops()) throw OutputClosed();
  return last;
}

}  // namespace

int stream_items(Pool& pool, Call call, Session session) {
  Stream stream = pool.stream(std::move(call));
  std::atomic<bool> interrupted = false;
  const SignalScope scope(session.signals, [&](int count) {
    interrupted = true;
    if (count == 1) {
      stream.close();
    } else {
      pool.shutdown(0);
      std::_Exit(kInterrupted);  // the writer may wait for a reader that reads no more
    }
  });
  ItemWriter writer(STDOUT_FILENO);
  const std::optional<Item> last = write_items(stream, writer);
  const Outcome& outcome = stream.outcome();
  const bool returned_error = outcome && has_provider_error(outcome.json());
  if (returned_error && last && last->json() != outcome.json()) writer.write(Item(std::string(outcome.json())));
  writer.end();
  if (interrupted && !outcome) return kInterrupted;
  if (!outcome) {
    std::ostringstream text;
    text << outcome.error();
    session.console.error(text.str());
    return kSomeFailed;
  }
  if (!returned_error && !(last && has_provider_error(last->json()))) return kDone;
  session.console.note(LogLevel::kWarning, "the provider returned an error");
  return kSomeFailed;
}

}  // namespace provider_host::cli
