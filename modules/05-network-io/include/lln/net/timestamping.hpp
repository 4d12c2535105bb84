// What an interface says about its time stamps, so that nobody waits for hardware stamps that never come.
//
// setsockopt(SO_TIMESTAMPING) accepts RX_HARDWARE on every interface, also where no hardware is; the stamps
// are then simply missing. The honest answer comes from the driver: ETHTOOL_GET_TS_INFO (what it could do)
// and SIOCGHWTSTAMP (whether its receive filter has been switched on, which needs CAP_NET_ADMIN and is
// system-wide).
//
// Threads: any. Allocation: yes; for set-up only. Needs no privileges.
// Source: Linux Documentation/networking/timestamping.rst.
#pragma once

#include <lln/net/interface.hpp>

#include <string>

namespace lln::net {

struct TimestampSupport {
  bool software_receive = false;  // the kernel stamps on reception
  bool hardware_receive = false;  // the device can stamp
  bool hardware_enabled = false;  // ... and its receive filter is on now
  int phc_index = -1;             // /dev/ptp<index>, the clock of the hardware stamps; -1 = none
  std::string detail;             // one sentence: what is there and, if hardware stamps are not on, why
};

// Never throws for a device that cannot answer: `detail` says so.
TimestampSupport timestamp_support(const Interface& interface);

}  // namespace lln::net
