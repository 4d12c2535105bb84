// Loan, commit, flush; what happens to datagrams that the kernel refuses.
#include "loopback_test.hpp"

#include <fcntl.h>
#include <netinet/in.h>

#include <array>

namespace lln::net::test {
namespace {

class MulticastSend : public LoopbackTest {};

TEST_F(MulticastSend, LoansEndWithTheBatchAndComeBackWithFlush) {
  MulticastReceiver receiver(any_port());
  auto options = to(receiver.local_endpoint());
  options.batch = 3;
  options.max_datagram = 70;
  MulticastSender sender(options);
  for (std::uint64_t round = 0; round < 2; ++round) {
    for (std::uint64_t i = 0; i < 3; ++i) {
      EXPECT_EQ(sender.pending(), i);
      EXPECT_EQ(sender.loan().size(), 70U);
      EXPECT_EQ(sender.loan().data(), sender.loan().data()) << "not committed yet: the same memory";
      ASSERT_TRUE(put(sender, round * 3 + i, 70));
    }
    EXPECT_TRUE(sender.loan().empty()) << "the batch is full";
    EXPECT_EQ(sender.flush(), 3U);
    EXPECT_EQ(sender.pending(), 0U);
  }
  EXPECT_EQ(sender.flush(), 0U) << "nothing waits";
  const auto copies = receive_count(receiver, 6);
  EXPECT_EQ(numbers(copies), range(0, 6));
  for (const Copy& copy : copies) EXPECT_TRUE(equal(copy.bytes, content(copy.number, 70))) << copy.number;
}

TEST_F(MulticastSend, LengthsBelongToTheirDatagrams) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  for (const std::size_t size : std::vector<std::size_t>{500, 20, 300}) ASSERT_TRUE(put(sender, size, size));
  ASSERT_EQ(sender.flush(), 3U);
  for (const std::size_t size : std::vector<std::size_t>{16, 600}) ASSERT_TRUE(put(sender, size, size));
  ASSERT_EQ(sender.flush(), 2U);
  const auto copies = receive_count(receiver, 5);
  EXPECT_EQ(numbers(copies), (std::vector<std::uint64_t>{500, 20, 300, 16, 600}));
  for (const Copy& copy : copies) EXPECT_EQ(copy.bytes.size(), copy.number);
}

TEST_F(MulticastSend, ARefusedDatagramIsCountedAndTheOthersGo) {
  MulticastReceiver receiver(any_port());
  auto options = to(receiver.local_endpoint());
  options.max_datagram = 65'507;  // the most that fits behind an IP header without options
  MulticastSender sender(options);
  const std::array<std::uint8_t, 4> no_operation{1, 1, 1, 1};
  ASSERT_EQ(::setsockopt(sender.fd(), IPPROTO_IP, IP_OPTIONS, no_operation.data(), no_operation.size()), 0);
  for (const std::size_t size : std::vector<std::size_t>{50, 65'507, 60, 65'507, 70})
    ASSERT_TRUE(put(sender, size, size));
  EXPECT_EQ(sender.flush(), 3U);
  EXPECT_EQ(sender.pending(), 0U) << "the refused ones are dropped";
  EXPECT_EQ(sender.send_errors(), 2U);
  EXPECT_EQ(sender.last_error(), EMSGSIZE);
  EXPECT_EQ(numbers(receive_count(receiver, 3)), (std::vector<std::uint64_t>{50, 60, 70}));
}

TEST_F(MulticastSend, SendRefusesTooLongDatagrams) {
  MulticastReceiver receiver(any_port());
  MulticastSender sender(to(receiver.local_endpoint()));
  EXPECT_FALSE(sender.send(std::vector<std::byte>(65'508)));
  EXPECT_EQ(sender.send_errors(), 1U);
  EXPECT_EQ(sender.last_error(), EMSGSIZE);
  EXPECT_TRUE(sender.send(content(1, 64))) << "and goes on working";
  EXPECT_EQ(sender.send_errors(), 1U);
  EXPECT_EQ(numbers(receive_count(receiver, 1)), range(1, 2));
}

TEST_F(MulticastSend, ADeadSocketRefusesAllAndEndsTheFlush) {
  MulticastSender sender(to({group_, 5000}));
  const FileDescriptor no_socket(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_GE(::dup2(no_socket.get(), sender.fd()), 0);
  for (std::uint64_t i = 0; i < 5; ++i) ASSERT_TRUE(put(sender, i));
  EXPECT_EQ(sender.flush(), 0U);
  EXPECT_EQ(sender.send_errors(), 5U);
  EXPECT_EQ(sender.last_error(), ENOTSOCK);
}

TEST_F(MulticastSend, OptionsReachTheKernel) {
  auto options = to({group_, 5000});
  options.ttl = 7;
  options.loop = false;
  const MulticastSender sender(options);
  EXPECT_EQ(int_option(sender.fd(), IPPROTO_IP, IP_MULTICAST_TTL), 7);
  EXPECT_EQ(int_option(sender.fd(), IPPROTO_IP, IP_MULTICAST_LOOP), 0);
  EXPECT_EQ(sender.local_endpoint().address, lo_.address);
  EXPECT_EQ(int_option(MulticastSender(to({group_, 5000})).fd(), IPPROTO_IP, IP_MULTICAST_LOOP), 1);
}

}  // namespace
}  // namespace lln::net::test
