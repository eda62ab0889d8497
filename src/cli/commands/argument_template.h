#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/commands/test_identity.h"
#include "cli/io/raw_object.h"
#include "provider_host/call.h"

namespace provider_host::cli {

/// The arguments of calls that have nothing of their own but prompt, variables and id: what is the same for all of them
/// is written once. Equal to what CallArguments::of_prompt makes. Constant after construction; any thread may use it.
class ArgumentTemplate {
 public:
  /// Of one call; raw JSON.
  struct Values {
    std::string_view prompt;  ///< A string with its quotes.
    std::string_view vars;    ///< An object; empty: none.
    std::uint64_t index = 0;
    std::string_view id = "null";  ///< A scalar.
  };

  /// `options` and `context` are those of the command line; `identity` may be null.
  ArgumentTemplate(Api api, RawObject options, RawObject context, const TestIdentity* identity);

  /// The arguments, a JSON array as text; nothing is appended when they must be made otherwise: returns false then.
  bool append(std::string& text, const Values& values) const;

 private:
  enum class Slot : std::uint8_t { kNone, kPrompt, kVars, kTestCaseId, kIndex };
  struct Piece {
    std::string text;
    Slot slot = Slot::kNone;  // what follows the text
  };
  void add_context(const RawObject& own, const RawObject& complete);

  std::vector<Piece> pieces_;
  std::size_t size_ = 0;  // of all texts
  std::string vars_;      // of the command line
  bool takes_context_ = false;
};

}  // namespace provider_host::cli
