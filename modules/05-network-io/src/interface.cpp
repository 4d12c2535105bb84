#include <lln/net/interface.hpp>

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>

namespace lln::net {
namespace {

struct Entry {
  Interface interface;
  bool loopback;
};

// One entry per address, and one without address for an interface that has no IPv4 address.
std::vector<Entry> entries() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    throw std::system_error(errno, std::generic_category(), "listing the network interfaces");
  }
  const std::unique_ptr<ifaddrs, decltype(&::freeifaddrs)> owner(first, &::freeifaddrs);
  std::vector<Entry> result;
  std::vector<Entry> without_address;
  for (const ifaddrs* it = first; it != nullptr; it = it->ifa_next) {
    Entry entry{{it->ifa_name, static_cast<int>(::if_nametoindex(it->ifa_name)), {}},
                (it->ifa_flags & IFF_LOOPBACK) != 0};
    if (it->ifa_addr != nullptr && it->ifa_addr->sa_family == AF_INET) {
      entry.interface.address =
          Endpoint::from_sockaddr(*reinterpret_cast<const sockaddr_in*>(it->ifa_addr)).address;
      result.push_back(entry);
    } else {
      without_address.push_back(entry);
    }
  }
  for (const Entry& entry : without_address) {
    const auto same = [&](const Entry& known) { return known.interface.name == entry.interface.name; };
    if (std::none_of(result.begin(), result.end(), same)) result.push_back(entry);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const Entry& a, const Entry& b) { return a.interface.index < b.interface.index; });
  return result;
}

[[noreturn]] void throw_none(const std::string& wanted, const std::vector<Entry>& known) {
  std::string text = "there is no " + wanted + "; there are:";
  const char* separator = " ";
  for (const Entry& entry : known) {
    text += separator + entry.interface.name;
    if (!entry.interface.address.is_any()) text += " (" + entry.interface.address.to_string() + ")";
    separator = ", ";
  }
  if (known.empty()) text += " none";
  throw std::system_error(ENODEV, std::generic_category(), text);
}

}  // namespace

Interface Interface::named(std::string_view name_or_address) {
  const std::vector<Entry> known = entries();
  for (const Entry& entry : known) {
    const Interface& candidate = entry.interface;
    if (candidate.name == name_or_address) return candidate;
    if (!candidate.address.is_any() && candidate.address.to_string() == name_or_address) return candidate;
  }
  throw_none("interface '" + std::string(name_or_address) + "'", known);
}

Interface Interface::loopback() {
  const std::vector<Entry> known = entries();
  for (const Entry& entry : known) {
    if (entry.loopback) return entry.interface;
  }
  throw_none("loopback interface", known);
}

std::vector<Interface> Interface::all() {
  std::vector<Interface> result;
  for (Entry& entry : entries()) {
    if (result.empty() || result.back().name != entry.interface.name) {
      result.push_back(std::move(entry.interface));
    }
  }
  return result;
}

}  // namespace lln::net
