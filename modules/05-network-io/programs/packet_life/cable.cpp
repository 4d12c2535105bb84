#include "cable.hpp"

#include "../../src/run_program.hpp"

#include <lln/net/test_net.hpp>

#include <exception>

namespace lln::packet_life {

using net::TestNet;

struct CableBox::Net {
  TestNet net;

  void set_queue(bool on) const {
    net.enter(TestNet::Side::near);
    std::vector<std::string> command{"tc", "qdisc", on ? "add" : "delete", "dev", "near0", "root"};
    // The bucket holds one packet: from the second one of a burst on, each waits for those before it.
    if (on) command.insert(command.end(), {"tbf", "rate", "200mbit", "burst", "1600", "latency", "100ms"});
    net::run_program(command);
    net.leave();
  }
};

CableBox::CableBox(const std::string& why_not) {
  cable_.why_not = why_not.empty() ? TestNet::why_not() : why_not;
  cable_.why_no_queue = cable_.why_not;
  if (!cable_.why_not.empty()) return;
  net_ = std::make_unique<Net>();
  cable_.sides = {TestNet::address(TestNet::Side::far), [this] { net_->net.enter(TestNet::Side::near); },
                  [this] { net_->net.enter(TestNet::Side::far); }};
  cable_.set_queue = [this](bool on) { net_->set_queue(on); };
  try {
    net_->set_queue(true);
    net_->set_queue(false);
  } catch (const std::exception& error) {
    cable_.why_no_queue = error.what();
    net_->net.leave();
  }
}

CableBox::~CableBox() = default;

}  // namespace lln::packet_life
