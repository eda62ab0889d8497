// How hosts come from a template, and what happens when the template or a fork does not do as it should.
#include <gmock/gmock.h>
#include <signal.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pool/engine_fixture.h"
#include "pool/reloader.h"
#include "pool/template/fake_fork.h"

namespace provider_host::internal {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTemplate =
    R"({"type":"template","protocol":3,"python":"3.11.7","executable":"/usr/bin/python3","import_ms":1.5})";

class TemplateStepsTest : public EngineFixture {
 protected:
  TemplateStepsTest() { options_.preload = Preload::kAuto; }
  ~TemplateStepsTest() override {
    for (int i = 0; i < 10 && parts_ != nullptr; ++i) {
      close(0);
      turn(2);
      for (const auto& fork : forks_) {
        if (!fork->is_gone) tell_exit(*fork);
      }
    }
  }

  struct Forked {
    std::unique_ptr<FakeFork> process;
    FakeHost* parent = nullptr;
    bool is_gone = false;
  };

  /// The first host, which is a template.
  FakeHost& start_template() {
    start();
    turn();
    FakeHost& host = *hosts_.at(0);
    EXPECT_THAT(message_to(host), HasSubstr(R"("role":"template")"));
    host.send(kTemplate);
    turn();
    return host;
  }
  /// The next fork that the template is asked for; not answered yet.
  Forked& take(FakeHost& parent) {
    std::string message = message_to(parent);
    while (message.starts_with(R"({"type":"reap")")) message = message_to(parent);
    EXPECT_THAT(message, HasSubstr(R"({"type":"fork",)"));
    auto fork = std::make_unique<FakeFork>(child::number_behind(message, R"("id":)"), inbox_of(parent).descriptors());
    forks_.push_back(std::make_unique<Forked>(std::move(fork), &parent));
    return *forks_.back();
  }
  /// The next one that the pool has sent over the call channel.
  std::string message_to(FakeHost& host) { return inbox_of(host).next().value_or(""); }
  TemplateInbox& inbox_of(FakeHost& host) { return inboxes_.try_emplace(&host, host.channel().fd()).first->second; }
  Forked& take_ready(FakeHost& parent) {
    Forked& fork = take(parent);
    parent.send(fork.process->forked());
    turn();
    fork.process->ready();
    turn();
    return fork;
  }
  /// Once the pool has killed it, or a test has.
  void tell_exit(Forked& fork) {
    if (!fork.parent->has_exited()) fork.parent->send(fork.process->exited(0, SIGKILL));
    fork.is_gone = true;
    turn();
  }
  void die(Forked& fork) {
    fork.process->die();
    turn();
  }

  /// Begins a reload; returns the template of the new code.
  FakeHost& reload() {
    const auto result = std::make_shared<Reloader::Result>();
    reloaded_ = result->get_future();
    const std::size_t before = hosts_.size();
    parts_->engine.begin_reload(Launcher::resolve(options_), result);
    turn();
    EXPECT_EQ(hosts_.size(), before + 1);
    EXPECT_THAT(message_to(*hosts_.back()), HasSubstr(R"("role":"template")"));
    return *hosts_.back();
  }
  [[nodiscard]] bool has_reloaded() const {
    return reloaded_.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  }

  std::future<std::optional<Error>> reloaded_;
  std::vector<std::unique_ptr<Forked>> forks_;
  std::map<FakeHost*, TemplateInbox> inboxes_;
};

TEST_F(TemplateStepsTest, HostsAreForksOfTheFirstOneThatWasStarted) {
  options_.workers = 2;
  FakeHost& parent = start_template();
  EXPECT_EQ(hosts_.size(), 1U);
  const Forked& first = take_ready(parent);
  const Forked& second = take_ready(parent);
  EXPECT_EQ(stats().hosts.at(0).pid, first.process->pid());
  EXPECT_EQ(stats().hosts.at(1).pid, second.process->pid());
  EXPECT_EQ(stats().restarts, 0U);
  submit();
  turn();
  EXPECT_THAT(forks_.at(0)->process->call().read_frame().value_or(""), HasSubstr(R"("type":"call")"));
}

TEST_F(TemplateStepsTest, AForkReadsItsStartMessageWhenItIsThere) {
  FakeHost& parent = start_template();
  Forked& fork = take(parent);
  turn();
  char byte = 0;
  EXPECT_LT(::recv(fork.process->call().fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT), 0) << "not before it has a pid";
  parent.send(fork.process->forked());
  turn();
  EXPECT_THAT(fork.process->call().read_frame().value_or(""), HasSubstr(R"("role":"host")"));
}

TEST_F(TemplateStepsTest, ACrashIsAnsweredByAnotherFork) {
  FakeHost& parent = start_template();
  Forked& fork = take_ready(parent);
  const CallPtr call = submit();
  turn();
  die(fork);
  EXPECT_FALSE(call->settled()) << "how it ended is not known yet";
  tell_exit(fork);
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_THAT(call->wait().error().message, HasSubstr("SIGKILL"));
  EXPECT_THAT(message_to(parent), HasSubstr(R"({"type":"reap","id":1})"));
  take_ready(parent);
  EXPECT_EQ(hosts_.size(), 1U) << "nothing is imported again";
}

TEST_F(TemplateStepsTest, OneThatCannotForkIsAHostAndSoAreTheOthers) {
  options_.workers = 2;
  start();
  turn();
  FakeHost& host = *hosts_.at(0);
  message_to(host);
  host.send(R"({"type":"unforkable","reason":"the script has started a thread"})");
  turn();
  EXPECT_EQ(hosts_.size(), 2U);
  host.send(child::kReady);
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
  EXPECT_EQ(stats().hosts.at(0).pid, host.pid());
}

TEST_F(TemplateStepsTest, OneThatCannotForkAndThenEndsIsReplacedByAHostOfItsOwn) {
  start();
  turn();
  message_to(*hosts_.at(0));
  hosts_.at(0)->send(R"({"type":"unforkable","reason":"the script forbids new processes"})");
  turn();
  hosts_.at(0)->exit({{}, 70});
  turn(1);
  EXPECT_FALSE(parts_->start_result.error());
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(TemplateStepsTest, ItsForksLiveOnWithoutTheTemplateAndANewOneIsMade) {
  FakeHost& parent = start_template();
  Forked& fork = take_ready(parent);
  parent.exit({SIGKILL, {}});
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
  EXPECT_EQ(hosts_.size(), 1U);
  turn(1);
  ASSERT_EQ(hosts_.size(), 2U) << "a new template";
  FakeHost& next = *hosts_.at(1);
  EXPECT_THAT(message_to(next), HasSubstr(R"("role":"template")"));
  next.send(kTemplate);
  turn();
  const CallPtr call = submit();
  turn();
  die(fork);  // nobody says how
  fork.is_gone = true;
  turn();
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  EXPECT_THAT(call->wait().error().message, HasSubstr("its template had ended before"));
  take_ready(next);
}

TEST_F(TemplateStepsTest, AForkThatNobodyReportsEndsAnyhow) {
  FakeHost& parent = start_template();
  Forked& fork = take_ready(parent);
  const CallPtr call = submit();
  turn();
  die(fork);
  turn(5);
  EXPECT_EQ(kind_of(call), ErrorKind::kHostCrashed);
  fork.is_gone = true;
}

TEST_F(TemplateStepsTest, ForksThatFailAgainAndAgainAreReplacedByHostsOfTheirOwn) {
  FakeHost& parent = start_template();
  for (int i = 0; i < 2; ++i) {
    Forked& fork = take(parent);
    fork.is_gone = true;
    parent.send(fork.process->unforked("Resource temporarily unavailable"));
    turn(1);
  }
  ASSERT_EQ(hosts_.size(), 2U);
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
  EXPECT_TRUE(parent.has_exited()) << "nobody needs the template any more";
}

TEST_F(TemplateStepsTest, HoweverManyForksFailAtOnceHostsOfTheirOwnFollow) {
  options_.workers = 4;
  FakeHost& parent = start_template();
  for (int i = 0; i < 4; ++i) {
    Forked& fork = take(parent);
    fork.is_gone = true;
    parent.send(fork.process->unforked("Resource temporarily unavailable"));
  }
  turn();
  turn(1);
  ASSERT_EQ(hosts_.size(), 5U) << "no call waits yet, but whoever has made the pool does";
  hosts_.at(1)->ready();
  turn();
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(TemplateStepsTest, ATemplateThatDoesNotForkIsKilled) {
  FakeHost& parent = start_template();
  take(parent).is_gone = true;
  turn(10);
  EXPECT_TRUE(parent.has_exited());
  turn(2);
  ASSERT_GE(hosts_.size(), 2U);
}

TEST_F(TemplateStepsTest, AForkThatDiesBeforeItIsReadyIsTriedOnceMore) {
  FakeHost& parent = start_template();
  Forked& fork = take(parent);
  parent.send(fork.process->forked());
  turn();
  die(fork);
  tell_exit(fork);
  turn(1);
  take_ready(parent);
  EXPECT_EQ(hosts_.size(), 1U);
}

TEST_F(TemplateStepsTest, ForksThatATemplateLeavesUnmadeAreNoFailedStarts) {
  options_.workers = 4;
  FakeHost& parent = start_template();
  for (int i = 0; i < 4; ++i) take(parent).is_gone = true;
  parent.exit({SIGKILL, {}});
  turn();
  ASSERT_EQ(hosts_.size(), 5U) << "all start by themselves at once";
  for (std::size_t i = 1; i < 5; ++i) hosts_.at(i)->ready();
  turn(2);
  ASSERT_EQ(hosts_.size(), 6U);
  EXPECT_THAT(message_to(*hosts_.at(5)), HasSubstr(R"("role":"template")"));
}

TEST_F(TemplateStepsTest, AForkThatNobodyNeedsAnyMoreIsKilledAsSoonAsItIsThere) {
  FakeHost& parent = start_template();
  Forked& fork = take(parent);
  close(0);
  turn();
  parent.send(fork.process->forked());
  turn();
  fork.process->wait_for_death();
  tell_exit(fork);
}

TEST_F(TemplateStepsTest, ABrokenMessageOfATemplateIsItsEnd) {
  FakeHost& parent = start_template();
  take_ready(parent);
  parent.send(R"({"type":"forked","id":99,"pid":1})");
  turn();
  EXPECT_TRUE(parent.has_exited());
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(TemplateStepsTest, AHostThatWasNotToBeATemplateMustNotSaySo) {
  options_.preload = Preload::kOff;
  start();
  turn();
  message_to(*hosts_.at(0));
  hosts_.at(0)->send(kTemplate);
  turn();
  EXPECT_TRUE(hosts_.at(0)->has_exited());
}

TEST_F(TemplateStepsTest, AnImportThatFailsInATemplateFailsThePool) {
  start();
  turn();
  message_to(*hosts_.at(0));
  hosts_.at(0)->send(R"({"type":"failed","error":{"kind":"import_failed","message":"no"}})");
  turn();
  ASSERT_TRUE(parts_->start_result.error());
  EXPECT_EQ(parts_->start_result.error()->kind, ErrorKind::kImportFailed);
}

TEST_F(TemplateStepsTest, AReloadMakesANewTemplateAndForksItsHostsFromThat) {
  FakeHost& former = start_template();
  Forked& old = take_ready(former);
  FakeHost& next = reload();
  EXPECT_FALSE(has_reloaded());
  next.send(kTemplate);
  turn();
  take_ready(next);
  EXPECT_TRUE(has_reloaded());
  EXPECT_FALSE(reloaded_.get());
  EXPECT_FALSE(former.has_exited()) << "its fork has not ended";
  old.process->die();
  turn();
  tell_exit(old);
  turn();
  EXPECT_TRUE(former.has_exited());
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(TemplateStepsTest, WhileANewTemplateImportsACrashIsAnsweredByTheFormerOne) {
  FakeHost& former = start_template();
  Forked& old = take_ready(former);
  reload();
  die(old);
  tell_exit(old);
  take_ready(former);
  EXPECT_FALSE(has_reloaded());
}

TEST_F(TemplateStepsTest, CodeThatCannotBeImportedLeavesTheFormerTemplate) {
  FakeHost& former = start_template();
  Forked& old = take_ready(former);
  FakeHost& next = reload();
  next.send(R"({"type":"failed","error":{"kind":"import_failed","message":"no module foo"}})");
  next.exit({{}, 3});
  turn();
  ASSERT_TRUE(has_reloaded());
  EXPECT_THAT(reloaded_.get().value_or(Error{}).message, HasSubstr("no module foo"));
  turn(3);
  EXPECT_EQ(hosts_.size(), 2U) << "the former template is there, so no other is made";
  die(old);
  tell_exit(old);
  take_ready(former);
}

TEST_F(TemplateStepsTest, ANewTemplateThatIsKilledFailsTheReload) {
  FakeHost& former = start_template();
  take_ready(former);
  reload().exit({SIGKILL, {}});
  turn();
  ASSERT_TRUE(has_reloaded());
  EXPECT_THAT(reloaded_.get().value_or(Error{}).message, HasSubstr("SIGKILL"));
  EXPECT_EQ(stats().hosts.at(0).state, "ready");
}

TEST_F(TemplateStepsTest, NewCodeThatCannotForkIsImportedByEachHost) {
  FakeHost& former = start_template();
  Forked& old = take_ready(former);
  FakeHost& next = reload();
  next.send(R"({"type":"unforkable","reason":"the script has started a thread"})");
  turn();
  EXPECT_TRUE(next.has_exited());
  ASSERT_EQ(hosts_.size(), 3U);
  hosts_.at(2)->ready();
  turn();
  EXPECT_TRUE(has_reloaded());
  EXPECT_EQ(stats().hosts.at(0).pid, hosts_.at(2)->pid());
  old.process->die();
  turn();
  tell_exit(old);
  turn();
  EXPECT_TRUE(former.has_exited());
}

TEST_F(TemplateStepsTest, ForksThatAnotherReloadGivesUpHaveNotFailed) {
  FakeHost& former = start_template();
  Forked& old = take_ready(former);
  for (int i = 0; i < 2; ++i) {
    FakeHost& next = reload();
    next.send(kTemplate);
    turn();
    Forked& fork = take(next);
    next.send(fork.process->forked());
    turn();
  }
  FakeHost& last = reload();
  last.send(kTemplate);
  turn();
  Forked& failed = take(last);
  last.send(failed.process->forked());
  turn();
  die(failed);
  tell_exit(failed);
  ASSERT_TRUE(has_reloaded());
  EXPECT_TRUE(reloaded_.get());
  die(old);
  tell_exit(old);
  turn(1);
  take_ready(last);
}

TEST_F(TemplateStepsTest, ATemplateThatFollowsALostOneDuringAReloadHasTheNewCode) {
  options_.workers = 2;
  FakeHost& former = start_template();
  take_ready(former);
  take_ready(former);
  FakeHost& next = reload();
  next.send(kTemplate);
  turn();
  Forked& first = take_ready(next);
  take(next).is_gone = true;
  next.exit({SIGKILL, {}});
  turn();
  ASSERT_EQ(hosts_.size(), 3U);
  FakeHost& second = *hosts_.at(2);  // it has not imported the script yet
  turn(2);
  ASSERT_EQ(hosts_.size(), 4U);
  FakeHost& again = *hosts_.at(3);
  EXPECT_THAT(message_to(again), HasSubstr(R"("role":"template")"));
  again.send(kTemplate);
  turn();
  die(first);
  turn();
  take_ready(again);
  second.ready();
  turn(1);
  EXPECT_TRUE(has_reloaded());
}

TEST_F(TemplateStepsTest, ASpareIsAForkTooAndTakesThePlaceOfOneThatCrashes) {
  options_.spares = 1;
  FakeHost& parent = start_template();
  Forked& first = take_ready(parent);
  const Forked& spare = take_ready(parent);
  EXPECT_EQ(stats().spares, 1U);
  die(first);
  tell_exit(first);
  EXPECT_EQ(stats().hosts.at(0).pid, spare.process->pid());
  take_ready(parent);
  EXPECT_EQ(hosts_.size(), 1U);
}

TEST_F(TemplateStepsTest, ItEndsAfterItsForks) {
  FakeHost& parent = start_template();
  Forked& fork = take_ready(parent);
  close(0);
  turn();
  EXPECT_FALSE(parent.has_exited());
  fork.process->die();
  turn();
  tell_exit(fork);
  turn();
  EXPECT_TRUE(parent.has_exited());
  EXPECT_TRUE(parts_->engine.is_done());
}

TEST_F(TemplateStepsTest, ItEndsWithAPoolThatKeptSpares) {
  options_.spares = 1;
  FakeHost& parent = start_template();
  Forked& fork = take_ready(parent);
  Forked& spare = take_ready(parent);
  close(0);
  turn();
  for (Forked* each : {&fork, &spare}) {
    each->process->die();
    turn();
    tell_exit(*each);
  }
  turn();
  EXPECT_TRUE(parent.has_exited());
  EXPECT_TRUE(parts_->engine.is_done());
}

}  // namespace
}  // namespace provider_host::internal
