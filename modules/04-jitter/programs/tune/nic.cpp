#include "nic.hpp"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace lln::tune {
namespace {

class Driver {
 public:
  explicit Driver(const std::string& interface) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    interface.copy(request_.ifr_name, sizeof request_.ifr_name - 1);
  }
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;
  ~Driver() {
    if (socket_ >= 0) ::close(socket_);
  }

  template <class Answer>
  bool ask(std::uint32_t what, Answer& answer) {
    answer = {};
    answer.cmd = what;
    request_.ifr_data = reinterpret_cast<char*>(&answer);
    return ::ioctl(socket_, SIOCETHTOOL, &request_) == 0;
  }

 private:
  int socket_;
  ifreq request_{};
};

}  // namespace

std::string ask_driver(const std::string& interface) {
  Driver driver(interface);
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  ethtool_coalesce coalesce{};
  if (driver.ask(ETHTOOL_GCOALESCE, coalesce))
    add("rx-usecs " + std::to_string(coalesce.rx_coalesce_usecs) +
        (coalesce.use_adaptive_rx_coalesce ? " adaptive" : ""));
  ethtool_ringparam rings{};
  if (driver.ask(ETHTOOL_GRINGPARAM, rings))
    add("rx ring " + std::to_string(rings.rx_pending) + " of " + std::to_string(rings.rx_max_pending));
  ethtool_value offload{};
  if (driver.ask(ETHTOOL_GGRO, offload)) add(offload.data != 0 ? "gro on" : "gro off");
  return text.empty() ? std::string("the driver does not say: ") + std::strerror(errno) : text;
}

}  // namespace lln::tune
