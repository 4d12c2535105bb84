// The page of lln-around-kernel, made of results that are known.
#include "page.hpp"

#include <gtest/gtest.h>

namespace lln::around_kernel {
namespace {

std::vector<contest::Contestant> results() {
  std::vector<contest::Contestant> all;
  for (const char* name : {"udp-spin", "xdp-generic", "dpdk"})
    contest::add(all, name, std::string("way ") + name, name == std::string("udp-spin") ? "" : "udp-spin",
                 nullptr);
  all[0].rounds = {7.0, 7.0, 7.0};
  all[1].rounds = {3.5, 3.5, 3.5};
  all[2].refusal = "built without DPDK <yet>";
  return all;
}

TEST(Page, ShowsTheFastestFirstWithItsRatio) {
  const std::string page = html_page(results(), "lln-around-kernel --rounds 3");
  const auto xdp = page.find("<td>way xdp-generic<td>3.5");
  const auto udp = page.find("<td>way udp-spin<td>7");
  EXPECT_NE(xdp, std::string::npos);
  EXPECT_LT(xdp, udp);
  EXPECT_NE(page.find("0.50 [0.50 .. 0.50]"), std::string::npos);
  EXPECT_NE(page.find("<code>lln-around-kernel --rounds 3</code>"), std::string::npos);
}

TEST(Page, NamesWhatWasSkippedAndWhy) {
  const std::string page = html_page(results(), "");
  EXPECT_NE(page.find("<li>way dpdk: built without DPDK &lt;yet&gt;</li>"), std::string::npos) << page;
}

TEST(Page, MakesSenseWithNothingMeasured) {
  auto none = results();
  for (auto& contestant : none) contestant.rounds.clear();
  const std::string page = html_page(none, "");
  EXPECT_EQ(page.find("<svg"), std::string::npos);
  EXPECT_NE(page.find("ended before its turn"), std::string::npos);
}

}  // namespace
}  // namespace lln::around_kernel
