// The virtual cable of the cases that want one: two network namespaces joined by a veth pair.
#pragma once

#include "campaign.hpp"

#include <memory>

namespace lln::packet_life {

class CableBox {
 public:
  // Lays the cable, while this process has one thread only. `why_not`: a reason to leave it, empty for none.
  explicit CableBox(const std::string& why_not);
  ~CableBox();
  CableBox(const CableBox&) = delete;
  CableBox& operator=(const CableBox&) = delete;

  const Cable& cable() const { return cable_; }

 private:
  struct Net;
  std::unique_ptr<Net> net_;
  Cable cable_;
};

}  // namespace lln::packet_life
