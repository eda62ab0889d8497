// Runs two prompts and one mistake through a provider script. usage: hello_pool [SCRIPT]
#include <provider_host/pool.h>

#include <iostream>

int main(int argc, char** argv) {
  provider_host::PoolOptions options;
  options.script = argc > 1 ? argv[1] : "examples/plain.py";
  options.workers = 2;
  try {
    provider_host::Pool pool(options);  // starts two Python processes; this one stays free of Python

    const auto english = pool.call_api("How do I keep basil alive?", {{"config", {{"top", 1}}}});
    std::cout << (english ? english.json() : english.error().message) << '\n';

    const auto later = pool.submit(provider_host::Call::api_call("Как приготовить борщ?"));
    const auto& russian = later.get();
    if (russian) std::cout << russian.value().at("output").get<std::string>() << '\n';

    const auto mistake = pool.call_raw("call_ap", R"(["a typo in the function's name", {}, {}])");
    if (!mistake) std::cout << mistake.error() << '\n';

    std::cout << pool.stats();
  } catch (const provider_host::ImportFailed& failure) {  // the script: its traceback
    std::cerr << failure.what() << '\n';
    return 3;
  } catch (const provider_host::ConfigError& wrong) {  // the options, or there is no host for that Python
    std::cerr << wrong.what() << '\n';
    return 2;
  }
}
