// What the command line of lln-impair asks for, as the relay wants it.
#pragma once

#include <lln/net/impairment_relay.hpp>

#include <string>

namespace lln::impair {

struct Arguments {
  std::string listen = "127.0.0.1:0";
  std::string to = {};
  std::uint64_t seed = 1;
  std::string loss = "0";
  double loss_burst = 0;
  std::string duplicate = "0";
  std::string reorder = "0";
  std::string reorder_by = "1ms";
  std::string delay = "0ms";
  std::string jitter = "0ms";
  std::string rate = {};
  std::string queue = "100ms";
  bool one_way = false;
  double seconds = 0;
  std::size_t clients = 64;
  int plan = 0;
  std::size_t bytes = 100;
  std::string every = "1ms";
};

// Throw std::invalid_argument with what is wrong.
net::Impairment::Options impairment_of(const Arguments& arguments);
net::ImpairmentRelay::Options relay_of(const Arguments& arguments,
                                       const net::Impairment::Options& impairment);

}  // namespace lln::impair
