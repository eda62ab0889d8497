#pragma once

#include "faults/checks/invariants.h"
#include "faults/checks/outcome_checker.h"
#include "faults/progress.h"
#include "faults/settings.h"

namespace provider_host::chaos {

/// Pools that are shut down by several threads at once, while others call and submit.
void concurrent_shutdowns(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// Pools that are shut down, dropped, called and submitted to without end, in callbacks of their own.
void pools_used_in_callbacks(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// This process forks while its pools are under load; its children use the pools, destroy them, and exit.
void forks_under_load(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// Pools of a process that ignores SIGCHLD: they start, see crashes, and leave no process.
void pools_without_sigchld(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// A pool whose hosts only crash: its breaker opens, refuses, and closes once hosts are well again.
void breaker_opens_and_closes(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// Pools that are made while this process has spare for 0, 1, 2, … more descriptors: each works or throws.
void pools_without_descriptors(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// Servers with well-behaved clients beside those that vanish, stall and send what they should not, hosts that die, and
/// pools that are replaced; each is drained or stopped under load. All faults that begin with `http-`.
void server_under_attack(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

/// A batch of the executable onto a disk that fills up: exit code and message, and that --resume completes it.
void disk_fills_up(const Settings& settings, OutcomeChecker& outcomes, Invariants& invariants);

}  // namespace provider_host::chaos
