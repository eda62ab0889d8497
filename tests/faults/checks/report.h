#pragma once

#include "faults/checks/invariants.h"
#include "faults/checks/outcome_checker.h"
#include "faults/settings.h"

namespace provider_host::chaos {

/// Prints what was done, what came of it and what holds, on stdout.
void print_report(const Settings& settings, const OutcomeChecker& outcomes, const Invariants& invariants,
                  double seconds);

}  // namespace provider_host::chaos
