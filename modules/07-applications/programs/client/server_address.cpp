#include "server_address.hpp"

#include <sys/un.h>

#include <stdexcept>

namespace lln::echo_client {

ServerAddress ServerAddress::parse(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  if (kind == "tcp" || kind == "udp") {
    const auto endpoint = net::Endpoint::parse(rest);
    if (endpoint.port == 0)
      throw std::invalid_argument("'" + std::string(text) + "': nobody can be reached at port 0");
    return {kind == "tcp" ? Kind::tcp : Kind::udp, endpoint, {}};
  }
  if (kind == "unix") {
    if (rest.empty() || rest == "@" || rest.size() >= sizeof(sockaddr_un::sun_path))
      throw std::invalid_argument("'" + std::string(text) + "': a Unix socket's path has 1 to " +
                                  std::to_string(sizeof(sockaddr_un::sun_path) - 1) + " bytes");
    return {Kind::unix_stream, {}, std::string(rest)};
  }
  throw std::invalid_argument("'" + std::string(text) +
                              "' is no server; those are tcp:ADDRESS:PORT, udp:ADDRESS:PORT and unix:PATH");
}

}  // namespace lln::echo_client
