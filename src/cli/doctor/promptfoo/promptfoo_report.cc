#include <spdlog/fmt/fmt.h>

#include <nlohmann/json.hpp>

#include "cli/doctor/promptfoo/promptfoo_inspection.h"
#include "cli/io/table.h"

namespace provider_host::cli {
namespace {

using nlohmann::ordered_json;
using Status = Finding::Status;

const char* word_of(Status status) {
  switch (status) {
    case Status::kOk:
      return "ok";
    case Status::kWarning:
      return "warning";
    case Status::kFailed:
      return "failed";
  }
  return "";
}

std::string shell_quoted(const std::string& path) {
  const bool plain = path.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._+-@,") ==
                     std::string::npos;
  if (plain) return path;
  std::string text = "'";
  for (const char c : path) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

std::string line_for(const DropIn& drop_in) { return "export PROMPTFOO_PYTHON=" + shell_quoted(drop_in.path.string()); }

}  // namespace

std::string text_of(const PromptfooInspection& inspection) {
  using enum Table::Align;
  Table table({kLeft, kLeft, kLeft});
  for (const Finding& finding : inspection.findings) {
    table.add({{word_of(finding.status)}, {finding.topic}, {finding.text}});
    if (!finding.remedy.empty()) table.add({{""}, {""}, {"→ " + finding.remedy}});
  }
  std::string text = table.text(false);
  if (inspection.drop_in) {
    text += fmt::format("\nFor all of promptfoo:\n  {}\nor for one provider, in its config:\n  pythonExecutable: {}\n",
                        line_for(*inspection.drop_in), ordered_json(inspection.drop_in->path.string()).dump());
  }
  return text + (inspection.works() ? "\nIt works." : "\nIt does not work yet.");
}

std::string json_of(const PromptfooInspection& inspection) {
  ordered_json findings = ordered_json::array();
  for (const Finding& finding : inspection.findings) {
    ordered_json each = {{"topic", finding.topic}, {"status", word_of(finding.status)}, {"text", finding.text}};
    if (!finding.remedy.empty()) each["remedy"] = finding.remedy;
    findings.push_back(std::move(each));
  }
  ordered_json json = {{"ok", inspection.works()}, {"findings", findings}};
  if (inspection.drop_in) {
    json["provider_host_python"] = inspection.drop_in->path.string();
    json["line"] = line_for(*inspection.drop_in);
  }
  if (inspection.interpreter) json["interpreter"] = inspection.interpreter->executable.string();
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

}  // namespace provider_host::cli
