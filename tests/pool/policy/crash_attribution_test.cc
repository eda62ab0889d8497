#include "pool/policy/crash_attribution.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string_view>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::CrashRecord;

const process::ExitStatus kBySegfault{SIGSEGV, {}};
const process::ExitStatus kByKill{SIGKILL, {}};
const process::ExitStatus kExit3{{}, 3};

// Calls 11, 12, 13, sent in this order.
std::vector<CallAtDeath> three_calls() { return {{11, 1, false}, {12, 2, false}, {13, 3, false}}; }

CrashSnapshot words(std::uint64_t calls_read, std::uint64_t culprit = 0, std::uint32_t cause = CrashRecord::kUnknown,
                    std::uint32_t signal = 0) {
  return {true, calls_read, culprit, cause, signal, false, 0};
}

TEST(CrashAttribution, IsOfTheCallThatTheHostNoted) {
  EXPECT_EQ(attribute_crash(words(3, 12, CrashRecord::kFatalSignal), kBySegfault, three_calls()).culprit, 12U);
  EXPECT_EQ(attribute_crash(words(3, 13, CrashRecord::kExit), kExit3, three_calls()).culprit, 13U);
  EXPECT_EQ(attribute_crash(words(3, 11, CrashRecord::kSignalledItself, SIGKILL), kByKill, three_calls()).culprit, 11U);
}

TEST(CrashAttribution, IsOfTheCallThatMadeTheHostAnotherProgram) {
  CrashSnapshot last = words(3, 12, CrashRecord::kExecuted);
  last.executed = Executed{"/bin/true", {"true"}, {}};
  EXPECT_EQ(attribute_crash(last, kByKill, three_calls()).culprit, 12U);
  EXPECT_EQ(attribute_crash(words(3, 12, CrashRecord::kExecuted), kByKill, three_calls()).culprit, std::nullopt);
  EXPECT_EQ(attribute_crash(words(3, 13, CrashRecord::kLostChannels), kExit3, three_calls()).culprit, 13U);
}

TEST(CrashSnapshot, TellsTheProgramThatTheHostBecame) {
  auto record = std::make_unique<CrashRecord>();
  EXPECT_FALSE(CrashSnapshot::of(*record).executed);
  record->executes = CrashRecord::kInUse;
  std::ranges::copy(std::string_view("/v/python\0", 10), record->program.begin());
  std::ranges::copy(std::string_view("python\0/p.py\0", 13), record->arguments.begin());
  record->environment.fill('x');  // no end at all
  const auto executed = CrashSnapshot::of(*record).executed;
  ASSERT_TRUE(executed);
  EXPECT_EQ(executed->program, "/v/python");
  EXPECT_THAT(executed->arguments, ElementsAre("python", "/p.py"));
  EXPECT_THAT(executed->environment, IsEmpty());
}

TEST(CrashAttribution, IsOfNobodyWhenTheNoteTellsOfSomethingElse) {
  EXPECT_EQ(attribute_crash(words(3, 11, CrashRecord::kSignalledItself, SIGUSR1), kByKill, three_calls()).culprit,
            std::nullopt);
  EXPECT_EQ(attribute_crash(words(3, 11, CrashRecord::kExit), kByKill, three_calls()).culprit, std::nullopt);
  EXPECT_EQ(attribute_crash(words(3, 11, CrashRecord::kFatalSignal), kExit3, three_calls()).culprit, std::nullopt);
}

TEST(CrashAttribution, IsOfNoCallThatTheHostDoesNotHave) {
  EXPECT_EQ(attribute_crash(words(3, 999, CrashRecord::kFatalSignal), kBySegfault, three_calls()).culprit,
            std::nullopt);
}

TEST(CrashAttribution, IsOfTheOnlyCallWhateverTheHostNoted) {
  const std::vector<CallAtDeath> one{{11, 1, false}};
  EXPECT_EQ(attribute_crash(words(1), kByKill, one).culprit, 11U);
  EXPECT_EQ(attribute_crash(CrashSnapshot{}, kByKill, one).culprit, 11U);
}

TEST(CrashAttribution, MayBeOfACallThatNobodyWaitsForAnyMore) {
  const std::vector<CallAtDeath> calls{{11, 1, true}, {12, 2, false}};
  EXPECT_EQ(attribute_crash(words(2, 11, CrashRecord::kFatalSignal), kBySegfault, calls).culprit, 11U);
}

TEST(CrashAttribution, RequeuesCallsThatWereNeverRead) {
  const CrashAttribution attribution = attribute_crash(words(1), kByKill, three_calls());
  EXPECT_EQ(attribution.culprit, 11U);
  EXPECT_THAT(attribution.undelivered, ElementsAre(12, 13));
  EXPECT_THAT(attribute_crash(words(0), kByKill, three_calls()).undelivered, ElementsAre(11, 12, 13));
  EXPECT_EQ(attribute_crash(words(0), kByKill, three_calls()).culprit, std::nullopt);
}

TEST(CrashAttribution, ForgetsUndeliveredCallsThatNobodyWaitsFor) {
  EXPECT_THAT(attribute_crash(words(0), kByKill, std::vector<CallAtDeath>{{11, 1, true}}).undelivered, IsEmpty());
}

TEST(CrashAttribution, TakesEverythingForReadWhereNoCrashRecordIsKept) {
  EXPECT_THAT(attribute_crash(CrashSnapshot{}, kByKill, three_calls()).undelivered, IsEmpty());
}

}  // namespace
}  // namespace provider_host::internal
