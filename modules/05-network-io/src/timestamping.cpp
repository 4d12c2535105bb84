#include "socket_options.hpp"

#include <lln/net/timestamping.hpp>

#include <linux/ethtool.h>
#include <linux/net_tstamp.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace lln::net {
namespace {

bool ask_driver(int fd, const Interface& interface, unsigned long request, void* data) noexcept {
  ifreq query{};
  interface.name.copy(query.ifr_name, IFNAMSIZ - 1);
  query.ifr_data = static_cast<char*>(data);
  return ::ioctl(fd, request, &query) == 0;
}

}  // namespace

TimestampSupport timestamp_support(const Interface& interface) {
  TimestampSupport result;
  const FileDescriptor fd = detail::open_udp();
  ethtool_ts_info info{};
  info.cmd = ETHTOOL_GET_TS_INFO;
  if (!ask_driver(fd.get(), interface, SIOCETHTOOL, &info)) {
    result.detail = interface.name + ": the driver does not say what it can stamp (ETHTOOL_GET_TS_INFO: " +
                    std::generic_category().message(errno) + ")";
    return result;
  }
  constexpr unsigned hardware = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
  result.software_receive = (info.so_timestamping & SOF_TIMESTAMPING_RX_SOFTWARE) != 0;
  result.hardware_receive = (info.so_timestamping & hardware) == hardware;
  result.phc_index = info.phc_index;
  if (!result.hardware_receive) {
    result.detail = interface.name + " has no hardware receive time stamps (software ones " +
                    (result.software_receive ? "work)" : "neither)");
    return result;
  }
  hwtstamp_config config{};
  result.hardware_enabled =
      ask_driver(fd.get(), interface, SIOCGHWTSTAMP, &config) && config.rx_filter != HWTSTAMP_FILTER_NONE;
  result.detail =
      result.hardware_enabled
          ? interface.name + " stamps received packets with /dev/ptp" + std::to_string(info.phc_index)
          : interface.name + " could stamp in hardware, but its receive filter is off; switch it on " +
                "with: hwstamp_ctl -i " + interface.name + " -r 1";
  return result;
}

}  // namespace lln::net
