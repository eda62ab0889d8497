#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "faults/random.h"
#include "faults/server/attacked_server.h"

namespace provider_host::chaos {

/// A client, or a program, that does the server harm in one way, again and again until the server ends. run() is for
/// one thread.
class Attacker {
 public:
  /// Attacks once; throws std::exception for what is wrong. Which variant follows from `random`.
  using Attack = void (*)(AttackedServer& server, Random& random, const std::string& prompt);

  /// At most `most` attacks; a run should go on until there were `enough`.
  Attacker(std::string name, Attack attack, std::uint64_t enough, std::uint64_t most)
      : name_(std::move(name)), attack_(attack), enough_(enough), most_(most) {}

  void run(AttackedServer& server, Random random);
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t attacks() const { return attacks_; }
  [[nodiscard]] bool has_done_enough() const { return attacks_ >= enough_ || has_failed_; }

 private:
  std::string name_;
  Attack attack_;
  std::uint64_t enough_;
  std::uint64_t most_;
  std::atomic<std::uint64_t> attacks_ = 0;
  std::atomic<bool> has_failed_ = false;
};

// By the names of their faults.

void vanish(AttackedServer& server, Random& random, const std::string& prompt);
void stall(AttackedServer& server, Random& random, const std::string& prompt);
void send_half(AttackedServer& server, Random& random, const std::string& prompt);
void send_too_much(AttackedServer& server, Random& random, const std::string& prompt);
void send_garbage(AttackedServer& server, Random& random, const std::string& prompt);
void let_host_die(AttackedServer& server, Random& random, const std::string& prompt);
void reload(AttackedServer& server, Random& random, const std::string& prompt);

}  // namespace provider_host::chaos
