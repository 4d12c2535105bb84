#include "wire_examples.hpp"

namespace lln::feed::test {

const std::vector<ItchExample>& itch_examples() {
  static const std::vector<ItchExample> examples{
      {"SystemEvent", SystemEvent{.header = {Locate{0}, 1, 34200123456789}, .event = 'Q'},
       "53 00 00 00 01 1f 1a d6 35 bd 15 "
       "51 "},
      {"StockDirectory",
       StockDirectory{.header = {Locate{13}, 2, 34200123456790},
                      .stock = alpha<8>("AAPL"),
                      .market_category = 'Q',
                      .financial_status = 'N',
                      .round_lot = 100,
                      .round_lots_only = 'Y',
                      .issue_class = 'C',
                      .issue_subtype = alpha<2>("Z"),
                      .authenticity = 'P',
                      .short_sale_threshold = 'A',
                      .ipo_flag = 'B',
                      .luld_tier = '1',
                      .etp_flag = 'D',
                      .etp_leverage = 3,
                      .inverse = 'E'},
       "52 00 0d 00 02 1f 1a d6 35 bd 16 "
       "41 41 50 4c 20 20 20 20 "
       "51 "
       "4e "
       "00 00 00 64 "
       "59 "
       "43 "
       "5a 20 "
       "50 "
       "41 "
       "42 "
       "31 "
       "44 "
       "00 00 00 03 "
       "45 "},
      {"StockTradingAction",
       StockTradingAction{.header = {Locate{13}, 3, 34200123456791},
                          .stock = alpha<8>("AAPL"),
                          .state = 'H',
                          .reserved = ' ',
                          .reason = alpha<4>("LUDP")},
       "48 00 0d 00 03 1f 1a d6 35 bd 17 "
       "41 41 50 4c 20 20 20 20 "
       "48 "
       "20 "
       "4c 55 44 50 "},
      {"RegSho", RegSho{.header = {Locate{13}, 4, 34200123456792}, .stock = alpha<8>("AAPL"), .action = '1'},
       "59 00 0d 00 04 1f 1a d6 35 bd 18 "
       "41 41 50 4c 20 20 20 20 "
       "31 "},
      {"MarketParticipantPosition",
       MarketParticipantPosition{.header = {Locate{13}, 5, 34200123456793},
                                 .mpid = alpha<4>("GSCO"),
                                 .stock = alpha<8>("AAPL"),
                                 .primary_market_maker = 'Y',
                                 .market_maker_mode = 'N',
                                 .state = 'A'},
       "4c 00 0d 00 05 1f 1a d6 35 bd 19 "
       "47 53 43 4f "
       "41 41 50 4c 20 20 20 20 "
       "59 "
       "4e "
       "41 "},
      {"MwcbDeclineLevel",
       MwcbDeclineLevel{.header = {Locate{0}, 6, 34200123456794},
                        .level1 = Price8{297500000000},
                        .level2 = Price8{278250000000},
                        .level3 = Price8{256000000001}},
       "56 00 00 00 06 1f 1a d6 35 bd 1a "
       "00 00 00 45 44 61 bf 00 "
       "00 00 00 40 c8 fe 0e 80 "
       "00 00 00 3b 9a ca 00 01 "},
      {"MwcbStatus", MwcbStatus{.header = {Locate{0}, 7, 34200123456795}, .breached = '2'},
       "57 00 00 00 07 1f 1a d6 35 bd 1b "
       "32 "},
      {"IpoQuotingPeriod",
       IpoQuotingPeriod{.header = {Locate{13}, 8, 34200123456796},
                        .stock = alpha<8>("NEWCO"),
                        .release_time = 36900,
                        .qualifier = 'A',
                        .ipo_price = Price4{170000}},
       "4b 00 0d 00 08 1f 1a d6 35 bd 1c "
       "4e 45 57 43 4f 20 20 20 "
       "00 00 90 24 "
       "41 "
       "00 02 98 10 "},
      {"LuldAuctionCollar",
       LuldAuctionCollar{.header = {Locate{13}, 9, 34200123456797},
                         .stock = alpha<8>("AAPL"),
                         .reference_price = Price4{1500000},
                         .upper = Price4{1575000},
                         .lower = Price4{1425000},
                         .extension = 2},
       "4a 00 0d 00 09 1f 1a d6 35 bd 1d "
       "41 41 50 4c 20 20 20 20 "
       "00 16 e3 60 "
       "00 18 08 58 "
       "00 15 be 68 "
       "00 00 00 02 "},
      {"OperationalHalt",
       OperationalHalt{.header = {Locate{13}, 10, 34200123456798},
                       .stock = alpha<8>("AAPL"),
                       .market_code = 'X',
                       .action = 'T'},
       "68 00 0d 00 0a 1f 1a d6 35 bd 1e "
       "41 41 50 4c 20 20 20 20 "
       "58 "
       "54 "},
      {"AddOrder",
       AddOrder{.header = {Locate{13}, 11, 34200123456799},
                .reference = 12345678,
                .side = Side::buy,
                .shares = 300,
                .stock = alpha<8>("AAPL"),
                .price = Price4{1501200}},
       "41 00 0d 00 0b 1f 1a d6 35 bd 1f "
       "00 00 00 00 00 bc 61 4e "
       "42 "
       "00 00 01 2c "
       "41 41 50 4c 20 20 20 20 "
       "00 16 e8 10 "},
      {"AddOrderMpid",
       AddOrderMpid{.header = {Locate{13}, 12, 34200123456800},
                    .reference = 12345682,
                    .side = Side::sell,
                    .shares = 250,
                    .stock = alpha<8>("AAPL"),
                    .price = Price4{1501300},
                    .attribution = alpha<4>("GSCO")},
       "46 00 0d 00 0c 1f 1a d6 35 bd 20 "
       "00 00 00 00 00 bc 61 52 "
       "53 "
       "00 00 00 fa "
       "41 41 50 4c 20 20 20 20 "
       "00 16 e8 74 "
       "47 53 43 4f "},
      {"OrderExecuted",
       OrderExecuted{.header = {Locate{13}, 13, 34200123456801},
                     .reference = 12345678,
                     .executed = 100,
                     .match = 998877},
       "45 00 0d 00 0d 1f 1a d6 35 bd 21 "
       "00 00 00 00 00 bc 61 4e "
       "00 00 00 64 "
       "00 00 00 00 00 0f 3d dd "},
      {"OrderExecutedWithPrice",
       OrderExecutedWithPrice{.header = {Locate{13}, 14, 34200123456802},
                              .reference = 12345678,
                              .executed = 50,
                              .match = 998878,
                              .printable = 'N',
                              .price = Price4{1501250}},
       "43 00 0d 00 0e 1f 1a d6 35 bd 22 "
       "00 00 00 00 00 bc 61 4e "
       "00 00 00 32 "
       "00 00 00 00 00 0f 3d de "
       "4e "
       "00 16 e8 42 "},
      {"OrderCancel",
       OrderCancel{.header = {Locate{13}, 15, 34200123456803}, .reference = 12345678, .cancelled = 20},
       "58 00 0d 00 0f 1f 1a d6 35 bd 23 "
       "00 00 00 00 00 bc 61 4e "
       "00 00 00 14 "},
      {"OrderDelete", OrderDelete{.header = {Locate{13}, 16, 34200123456804}, .reference = 12345678},
       "44 00 0d 00 10 1f 1a d6 35 bd 24 "
       "00 00 00 00 00 bc 61 4e "},
      {"OrderReplace",
       OrderReplace{.header = {Locate{13}, 17, 34200123456805},
                    .old_reference = 12345682,
                    .new_reference = 12345690,
                    .shares = 400,
                    .price = Price4{1501100}},
       "55 00 0d 00 11 1f 1a d6 35 bd 25 "
       "00 00 00 00 00 bc 61 52 "
       "00 00 00 00 00 bc 61 5a "
       "00 00 01 90 "
       "00 16 e7 ac "},
      {"Trade",
       Trade{.header = {Locate{13}, 18, 34200123456806},
             .reference = 7,
             .side = Side::buy,
             .shares = 75,
             .stock = alpha<8>("AAPL"),
             .price = Price4{1501225},
             .match = 998879},
       "50 00 0d 00 12 1f 1a d6 35 bd 26 "
       "00 00 00 00 00 00 00 07 "
       "42 "
       "00 00 00 4b "
       "41 41 50 4c 20 20 20 20 "
       "00 16 e8 29 "
       "00 00 00 00 00 0f 3d df "},
      {"CrossTrade",
       CrossTrade{.header = {Locate{13}, 19, 34200123456807},
                  .shares = 1234567,
                  .stock = alpha<8>("AAPL"),
                  .price = Price4{1500500},
                  .match = 998880,
                  .cross_type = 'O'},
       "51 00 0d 00 13 1f 1a d6 35 bd 27 "
       "00 00 00 00 00 12 d6 87 "
       "41 41 50 4c 20 20 20 20 "
       "00 16 e5 54 "
       "00 00 00 00 00 0f 3d e0 "
       "4f "},
      {"BrokenTrade", BrokenTrade{.header = {Locate{13}, 20, 34200123456808}, .match = 998879},
       "42 00 0d 00 14 1f 1a d6 35 bd 28 "
       "00 00 00 00 00 0f 3d df "},
      {"Noii",
       Noii{.header = {Locate{13}, 21, 34200123456809},
            .paired = 500000,
            .imbalance = 12000,
            .direction = 'B',
            .stock = alpha<8>("AAPL"),
            .far_price = Price4{1502000},
            .near_price = Price4{1501500},
            .reference_price = Price4{1501000},
            .cross_type = 'C',
            .variation = 'L'},
       "49 00 0d 00 15 1f 1a d6 35 bd 29 "
       "00 00 00 00 00 07 a1 20 "
       "00 00 00 00 00 00 2e e0 "
       "42 "
       "41 41 50 4c 20 20 20 20 "
       "00 16 eb 30 "
       "00 16 e9 3c "
       "00 16 e7 48 "
       "43 "
       "4c "},
      {"RetailPriceImprovement",
       RetailPriceImprovement{
           .header = {Locate{13}, 22, 34200123456810}, .stock = alpha<8>("AAPL"), .flag = 'A'},
       "4e 00 0d 00 16 1f 1a d6 35 bd 2a "
       "41 41 50 4c 20 20 20 20 "
       "41 "},
      {"DirectListingPriceDiscovery",
       DirectListingPriceDiscovery{.header = {Locate{13}, 23, 34200123456811},
                                   .stock = alpha<8>("NEWCO"),
                                   .open_eligibility = 'Y',
                                   .min_price = Price4{160000},
                                   .max_price = Price4{360000},
                                   .near_price = Price4{250000},
                                   .near_time = 34200122456789,
                                   .lower_collar = Price4{225000},
                                   .upper_collar = Price4{275000}},
       "4f 00 0d 00 17 1f 1a d6 35 bd 2b "
       "4e 45 57 43 4f 20 20 20 "
       "59 "
       "00 02 71 00 "
       "00 05 7e 40 "
       "00 03 d0 90 "
       "00 00 1f 1a d6 26 7a d5 "
       "00 03 6e e8 "
       "00 04 32 38 "},
  };
  return examples;
}

}  // namespace lln::feed::test
