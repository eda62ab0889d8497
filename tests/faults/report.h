#pragma once

#include "faults/findings.h"
#include "faults/settings.h"
#include "faults/tally.h"

namespace provider_host::chaos {

/// Prints what was done, what came of it and what holds, on stdout.
void print_report(const Settings& settings, const Tally& tally, const Findings& findings, double seconds);

}  // namespace provider_host::chaos
