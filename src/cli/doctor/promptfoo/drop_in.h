#pragma once

#include <filesystem>
#include <string>

#include "provider_host/interpreters.h"

namespace provider_host::cli {

/// provider-host-python, which promptfoo takes for an interpreter.
struct DropIn {
  std::filesystem::path path;  ///< Absolute.
  std::string version;         ///< What it says to --version.
};

/// The one beside this program, else on PATH. It has answered as promptfoo asks it. Throws std::runtime_error with what
/// is wrong.
DropIn find_drop_in();

/// The interpreter that it stands for. Throws std::runtime_error, ConfigError.
Interpreter interpreter_of(const DropIn& drop_in);

/// How it finds that, for a person: `VIRTUAL_ENV=/home/me/venv`, `python3 on PATH`.
std::string interpreter_choice_of(const DropIn& drop_in);

}  // namespace provider_host::cli
