// One embedding: from the Python object to text as in a host, and from that text to numbers as in the parent.
//   embedding write|read SCRIPT
#include <pybind11/embed.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "host/calls/response_writer.h"
#include "provider_host/outcome.h"
#include "runner.h"
#include "wire/frame_codec.h"
#include "wire/messages.h"

namespace {

using namespace provider_host;
namespace py = pybind11;

py::object embedding_of(const std::filesystem::path& script) {
  py::module_::import("sys").attr("path").attr("insert")(0, script.parent_path().string());
  return py::module_::import(script.stem().c_str()).attr("call_embedding_api")("", py::dict());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: embedding write|read SCRIPT\n";
    return 2;
  }
  py::initialize_interpreter(false);
  host::StartMessage start;
  start.frame_limit = std::size_t{256} << 20;
  host::BootstrapModules modules;
  host::ResponseWriter writer(start, modules);
  host::Request request;
  request.id = 1;
  request.api = host::Api::kEmbedding;
  const py::object embedding = embedding_of(argv[2]);
  const auto write = [&] { writer.result(request, embedding); };
  write();
  const std::string payload(writer.frame().view().substr(wire::kHeaderSize));
  const auto read = [&] {
    const auto message = wire::parse_host_message(payload);  // the check is part of it
    const auto outcome = Outcome::success(nullptr, std::get<wire::ResultMessage>(message).result);
    if (outcome.value().at("embedding").size() != 15'360) std::abort();
  };
  if (std::string_view(argv[1]) == "write") {
    benchmarks::serve_rounds(write);
  } else {
    benchmarks::serve_rounds(read);
  }
  std::_Exit(0);  // as a host ends: Python is not finalised
}
