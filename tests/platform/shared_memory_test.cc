#include "platform/shared_memory.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstddef>
#include <system_error>
#include <utility>

namespace provider_host::platform {
namespace {

const auto kPage = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));

char& byte(const SharedMemory& memory, std::size_t at) { return static_cast<char*>(memory.data())[at]; }

TEST(SharedMemory, IsTheSameForAllThatMapIt) {
  const Fd fd = make_shared_memory(3 * kPage, kPage);
  const SharedMemory one = SharedMemory::map(fd.get(), 3 * kPage);
  SharedMemory moved = SharedMemory::map(fd.get(), 3 * kPage);
  const SharedMemory other = std::move(moved);
  EXPECT_TRUE(one.is_whole());
  EXPECT_TRUE(other.is_whole());
  EXPECT_EQ(byte(other, 3 * kPage - 1), 0);
  byte(one, 3 * kPage - 1) = 'x';
  EXPECT_EQ(byte(other, 3 * kPage - 1), 'x');
}

TEST(SharedMemory, IsSharedAsFarAsFilesMayBeLarge) {
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit small{200, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const Fd fd = make_shared_memory(3 * kPage, 100);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  const SharedMemory one = SharedMemory::map(fd.get(), 3 * kPage);
  const SharedMemory other = SharedMemory::map(fd.get(), 3 * kPage);
  EXPECT_FALSE(one.is_whole());
  byte(one, 99) = 'x';
  byte(one, kPage) = 'y';
  byte(one, 3 * kPage - 1) = 'z';
  EXPECT_EQ(byte(other, 99), 'x');
  EXPECT_EQ(byte(other, kPage), 0);
}

TEST(SharedMemory, StaysAtItsAddressWhenItIsReplaced) {
  const Fd first = make_shared_memory(2 * kPage, kPage);
  const Fd second = make_shared_memory(kPage, kPage);
  SharedMemory memory = SharedMemory::map(first.get(), 2 * kPage);
  char& last = byte(memory, 2 * kPage - 1);
  last = 'x';
  memory.replace(second.get());
  EXPECT_FALSE(memory.is_whole());
  EXPECT_EQ(&byte(memory, 2 * kPage - 1), &last);
  EXPECT_EQ(last, 0);
  byte(memory, 0) = 'y';
  EXPECT_EQ(byte(SharedMemory::map(second.get(), kPage), 0), 'y');
  EXPECT_EQ(byte(SharedMemory::map(first.get(), 2 * kPage), 2 * kPage - 1), 'x');
}

// SIGXFSZ would end the program.
TEST(SharedMemoryDeathTest, IsRefusedWithoutASignalWhereNoFileMayHaveAsMany) {
  const auto make_some = [] {
    const rlimit none{0, 0};
    if (::setrlimit(RLIMIT_FSIZE, &none) != 0) ::_exit(1);
    try {
      make_shared_memory(2 * kPage, kPage);
    } catch (const std::system_error& error) {
      ::_exit(error.code() == std::errc::file_too_large ? 0 : 2);
    }
    ::_exit(3);
  };
  EXPECT_EXIT(make_some(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace provider_host::platform
