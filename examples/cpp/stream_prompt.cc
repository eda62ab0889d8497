// Writes the text of one prompt as it comes. usage: stream_prompt SCRIPT PROMPT
#include <provider_host/pool.h>

#include <exception>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  provider_host::PoolOptions options;
  options.script = argv[1];
  options.item_timeout = 30;
  try {
    provider_host::Pool pool(options);

    auto stream = pool.stream_api(argv[2]);
    for (const auto& item : stream) std::cout << item.text().value_or(std::string(item.json())) << std::flush;
    std::cout << '\n';
    if (!stream.outcome()) std::cerr << stream.outcome().error() << '\n';
    return stream.outcome() ? 0 : 1;
  } catch (const std::exception& error) {  // the script cannot be imported, or an option is wrong
    std::cerr << error.what() << '\n';
    return 3;
  }
}
