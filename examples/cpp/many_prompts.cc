// Runs many prompts at once through a provider script. usage: many_prompts SCRIPT PROMPT...
#include <provider_host/pool.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <iostream>
#include <latch>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

// The results of calls whose tags are 0, 1, …
struct Results : provider_host::OutcomeSink {
  explicit Results(std::size_t calls) : texts(calls), missing(static_cast<std::ptrdiff_t>(calls)) {}

  void on_settled(std::span<provider_host::TaggedOutcome> outcomes) override {  // on a thread of the pool
    for (auto& [tag, outcome] : outcomes) texts[tag] = outcome ? outcome.json() : outcome.error().message;
    missing.count_down(static_cast<std::ptrdiff_t>(outcomes.size()));
  }

  std::vector<std::string> texts;
  std::latch missing;
};

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const std::vector<std::string> prompts(argv + 2, argv + argc);
  provider_host::PoolOptions options;
  options.script = argv[1];
  options.workers = 2;
  try {
    provider_host::Pool pool(options);

    std::vector<provider_host::TaggedCall> calls;
    for (std::uint64_t tag = 0; tag < prompts.size(); ++tag) {
      calls.push_back({provider_host::Call::api_call(prompts[tag]), tag});
    }
    const auto results = std::make_shared<Results>(calls.size());
    pool.submit_many(std::move(calls), results);
    results->missing.wait();
    for (const std::string& text : results->texts) std::cout << text << '\n';
  } catch (const std::exception& error) {  // the script cannot be imported, or an option is wrong
    std::cerr << error.what() << '\n';
    return 3;
  }
}
