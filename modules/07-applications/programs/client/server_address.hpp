// Where an echo server listens, as one writes it on a command line.
//
// Threads: a plain value. Errors: std::invalid_argument with one sentence that quotes the text.
#pragma once

#include <lln/net/endpoint.hpp>

#include <string>
#include <string_view>

namespace lln::echo_client {

struct ServerAddress {
  enum class Kind { tcp, udp, unix_stream };
  Kind kind = Kind::tcp;
  net::Endpoint endpoint;  // tcp, udp
  std::string path;        // unix_stream; a name that begins with @ is an abstract one: no file

  // tcp:127.0.0.1:7000, udp:127.0.0.1:7000, unix:/run/echo.sock, unix:@echo
  static ServerAddress parse(std::string_view text);
};

}  // namespace lln::echo_client
