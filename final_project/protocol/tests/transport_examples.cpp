#include "wire_examples.hpp"

#include <stdexcept>
#include <string>

namespace lln::feed::test {

const std::vector<TransportExample>& transport_examples() {
  static const std::vector<TransportExample> examples{
      {"Prefix",
       "41 "
       "00 0d "
       "00 0b "
       "1f 1a d6 35 bd 1f "},
      {"MoldData",
       "30 30 30 30 31 30 30 35 39 42 "
       "00 00 00 00 00 00 03 e9 "
       "00 02 "
       "00 13 "
       "44 00 0d 00 10 1f 1a d6 35 bd 24 00 00 00 00 00 bc 61 4e "
       "00 17 "
       "58 00 0d 00 0f 1f 1a d6 35 bd 23 00 00 00 00 00 bc 61 4e 00 00 00 14 "},
      {"MoldHeartbeat",
       "30 30 30 30 31 30 30 35 39 42 "
       "00 00 00 00 00 00 03 eb "
       "00 00 "},
      {"MoldEndOfSession",
       "30 30 30 30 31 30 30 35 39 42 "
       "00 00 00 00 00 00 03 eb "
       "ff ff "},
      {"MoldRequest",
       "30 30 30 30 31 30 30 35 39 42 "
       "00 00 00 00 00 00 03 e9 "
       "00 02 "},
      {"SoupLoginRequest",
       "00 2f "
       "4c "
       "53 54 55 44 45 4e "
       "73 65 63 72 65 74 20 20 20 20 "
       "20 20 20 20 20 20 20 20 20 20 "
       "20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 31 "},
      {"SoupLoginAccepted",
       "00 1f "
       "41 "
       "30 30 30 30 31 30 30 35 39 42 "
       "20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 31 "},
      {"SoupLoginRejected",
       "00 02 "
       "4a "
       "53 "},
      {"SoupSequencedData",
       "00 14 "
       "53 "
       "44 00 0d 00 10 1f 1a d6 35 bd 24 00 00 00 00 00 bc 61 4e "},
      {"SoupUnsequencedData",
       "00 03 "
       "55 "
       "01 02 "},
      {"SoupServerHeartbeat",
       "00 01 "
       "48 "},
      {"SoupEndOfSession",
       "00 01 "
       "5a "},
      {"SoupClientHeartbeat",
       "00 01 "
       "52 "},
      {"SoupLogoutRequest",
       "00 01 "
       "4f "},
      {"SoupDebug",
       "00 03 "
       "2b "
       "68 69 "},
      {"EndOfSnapshot",
       "47 "
       "20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 20 31 30 30 33 "},
      {"BinaryFileRecord",
       "00 13 "
       "44 00 0d 00 10 1f 1a d6 35 bd 24 00 00 00 00 00 bc 61 4e "},
      {"StreamSessionBegin",
       "4f "
       "00 00 00 00 00 00 00 "
       "00 00 00 00 00 00 00 01 "
       "30 30 30 30 31 30 30 35 39 42 "
       "00 01 "
       "00 00 00 00 00 00 00 00 00 00 00 00 "},
      {"StreamBestPrices",
       "42 "
       "00 "
       "00 0d "
       "00 00 00 00 "
       "00 00 00 00 00 00 03 ea "
       "00 16 e8 10 "
       "00 16 e8 74 "
       "00 00 00 00 00 00 01 2c "
       "00 00 00 00 00 00 00 fa "},
      {"StreamTrade",
       "54 "
       "59 "
       "00 0d "
       "00 16 e8 42 "
       "00 00 00 00 00 00 03 eb "
       "00 00 00 00 00 00 00 32 "
       "00 00 00 00 00 0f 3d de "
       "00 00 00 00 00 00 00 00 "},
      {"StreamBooksReplaced",
       "52 "
       "00 00 00 00 00 00 00 "
       "00 00 00 00 00 00 03 eb "
       "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "},
      {"StreamMessagesLost",
       "4c "
       "00 00 00 00 00 00 00 "
       "00 00 00 00 00 00 03 eb "
       "00 00 00 00 00 00 03 ef "
       "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "},
      {"StreamSessionEnd",
       "45 "
       "00 00 00 00 00 00 00 "
       "00 00 00 00 00 00 03 ef "
       "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "},
  };
  return examples;
}

std::string_view transport_hex(std::string_view name) {
  for (const TransportExample& example : transport_examples())
    if (example.name == name) return example.hex;
  throw std::invalid_argument("no transport example named " + std::string(name));
}

}  // namespace lln::feed::test
