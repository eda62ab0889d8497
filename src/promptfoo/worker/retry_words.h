#pragma once

#include <string>
#include <string_view>

namespace provider_host::promptfoo {

/// The text without what makes promptfoo run a call again: it does so, three times, when an error contains such words
/// or numbers anywhere (timeout, network, 503, and so on), be it the number of a line or of a process. `timeout` as a
/// word becomes `time limit`; everything else gets an invisible character (U+2060) inside and looks the same. Pure.
std::string without_retry_words(std::string_view text);

/// The same for the locations in a Python traceback (`File "…", line 503, in …`); source lines and the texts of
/// exceptions, which are the user's, stay as they are. Pure.
std::string without_retry_words_in_locations(std::string_view traceback);

}  // namespace provider_host::promptfoo
