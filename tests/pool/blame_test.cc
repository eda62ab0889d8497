#include "pool/blame.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <string_view>

namespace provider_host::internal {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using wire::BlackBox;

const process::ExitStatus kBySegfault{SIGSEGV, {}};
const process::ExitStatus kByKill{SIGKILL, {}};
const process::ExitStatus kExit3{{}, 3};

// Calls 11, 12, 13, sent in this order.
std::vector<CallAtDeath> three_calls() { return {{11, 1, false}, {12, 2, false}, {13, 3, false}}; }

LastWords words(std::uint64_t calls_read, std::uint64_t culprit = 0, std::uint32_t cause = BlackBox::kUnknown,
                std::uint32_t signal = 0) {
  return {true, calls_read, culprit, cause, signal, false, 0};
}

TEST(Blame, IsOfTheCallThatTheHostNoted) {
  EXPECT_EQ(find_blame(words(3, 12, BlackBox::kFatalSignal), kBySegfault, three_calls()).culprit, 12U);
  EXPECT_EQ(find_blame(words(3, 13, BlackBox::kExit), kExit3, three_calls()).culprit, 13U);
  EXPECT_EQ(find_blame(words(3, 11, BlackBox::kSignalledItself, SIGKILL), kByKill, three_calls()).culprit, 11U);
}

TEST(Blame, IsOfTheCallThatMadeTheHostAnotherProgram) {
  LastWords last = words(3, 12, BlackBox::kExecuted);
  last.executed = Executed{"/bin/true", {"true"}, {}};
  EXPECT_EQ(find_blame(last, kByKill, three_calls()).culprit, 12U);
  EXPECT_EQ(find_blame(words(3, 12, BlackBox::kExecuted), kByKill, three_calls()).culprit, std::nullopt);
  EXPECT_EQ(find_blame(words(3, 13, BlackBox::kLostChannels), kExit3, three_calls()).culprit, 13U);
}

TEST(LastWordsOf, ABoxTellTheProgramThatTheHostBecame) {
  auto box = std::make_unique<BlackBox>();
  EXPECT_FALSE(LastWords::of(*box).executed);
  box->executes = BlackBox::kInUse;
  std::ranges::copy(std::string_view("/v/python\0", 10), box->program.begin());
  std::ranges::copy(std::string_view("python\0/p.py\0", 13), box->arguments.begin());
  box->environment.fill('x');  // no end at all
  const auto executed = LastWords::of(*box).executed;
  ASSERT_TRUE(executed);
  EXPECT_EQ(executed->program, "/v/python");
  EXPECT_THAT(executed->arguments, ElementsAre("python", "/p.py"));
  EXPECT_THAT(executed->environment, IsEmpty());
}

TEST(Blame, IsOfNobodyWhenTheNoteTellsOfSomethingElse) {
  EXPECT_EQ(find_blame(words(3, 11, BlackBox::kSignalledItself, SIGUSR1), kByKill, three_calls()).culprit,
            std::nullopt);
  EXPECT_EQ(find_blame(words(3, 11, BlackBox::kExit), kByKill, three_calls()).culprit, std::nullopt);
  EXPECT_EQ(find_blame(words(3, 11, BlackBox::kFatalSignal), kExit3, three_calls()).culprit, std::nullopt);
}

TEST(Blame, IsOfNoCallThatTheHostDoesNotHave) {
  EXPECT_EQ(find_blame(words(3, 999, BlackBox::kFatalSignal), kBySegfault, three_calls()).culprit, std::nullopt);
}

TEST(Blame, IsOfTheOnlyCallWhateverTheHostNoted) {
  const std::vector<CallAtDeath> one{{11, 1, false}};
  EXPECT_EQ(find_blame(words(1), kByKill, one).culprit, 11U);
  EXPECT_EQ(find_blame(LastWords{}, kByKill, one).culprit, 11U);
}

TEST(Blame, MayBeOfACallThatNobodyWaitsForAnyMore) {
  const std::vector<CallAtDeath> calls{{11, 1, true}, {12, 2, false}};
  EXPECT_EQ(find_blame(words(2, 11, BlackBox::kFatalSignal), kBySegfault, calls).culprit, 11U);
}

TEST(Blame, SparesCallsThatWereNeverRead) {
  const Blame blame = find_blame(words(1), kByKill, three_calls());
  EXPECT_EQ(blame.culprit, 11U);
  EXPECT_THAT(blame.unread, ElementsAre(12, 13));
  EXPECT_THAT(find_blame(words(0), kByKill, three_calls()).unread, ElementsAre(11, 12, 13));
  EXPECT_EQ(find_blame(words(0), kByKill, three_calls()).culprit, std::nullopt);
}

TEST(Blame, ForgetsUnreadCallsThatNobodyWaitsFor) {
  EXPECT_THAT(find_blame(words(0), kByKill, std::vector<CallAtDeath>{{11, 1, true}}).unread, IsEmpty());
}

TEST(Blame, TakesEverythingForReadWhereNoBlackBoxIsKept) {
  EXPECT_THAT(find_blame(LastWords{}, kByKill, three_calls()).unread, IsEmpty());
}

}  // namespace
}  // namespace provider_host::internal
