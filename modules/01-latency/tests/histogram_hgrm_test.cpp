#include <lln/latency/histogram.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

using lln::latency::Histogram;

// What HdrHistogram 2.1.11 (Java) prints for the same values.
constexpr const char* reference = R"(       Value     Percentile TotalCount 1/(1-Percentile)

       2.500 0.000000000000          3           1.00
      25.000 0.250000000000         30           1.33
      50.000 0.500000000000         60           2.00
      62.500 0.625000000000         75           2.67
      75.000 0.750000000000         90           4.00
      82.500 0.812500000000         99           5.33
      87.500 0.875000000000        105           8.00
      92.500 0.906250000000        111          10.67
      95.000 0.937500000000        114          16.00
      97.500 0.953125000000        117          21.33
      97.500 0.968750000000        117          32.00
     100.000 0.976562500000        118          42.67
    6559.900 0.984375000000        120          64.00
    6559.900 1.000000000000        120
#[Mean    =      158.863, StdDeviation   =      833.416]
#[Max     =     6559.900, Total count    =          120]
#[Buckets =           17, SubBuckets     =         2048]
)";

TEST(Hgrm, EqualsTheReferenceImplementation) {
  Histogram h(100'000'000, 3);
  for (std::uint64_t i = 1; i <= 40; ++i) h.record(i * 25, i == 40 ? 1 : 3);
  h.record(65'599, 2);
  std::ostringstream out;
  h.write_hgrm(out, 10.0, 2);
  EXPECT_EQ(out.str(), reference);
}

TEST(Hgrm, EmptyHasTheTrailerOnly) {
  std::ostringstream out;
  Histogram(1'000'000, 3).write_hgrm(out);
  EXPECT_EQ(out.str(), R"(       Value     Percentile TotalCount 1/(1-Percentile)

#[Mean    =        0.000, StdDeviation   =        0.000]
#[Max     =        0.000, Total count    =            0]
#[Buckets =           10, SubBuckets     =         2048]
)");
}

TEST(Hgrm, DecimalsFollowTheDigits) {
  Histogram h(1000, 1);
  h.record(10);
  std::ostringstream out;
  h.write_hgrm(out);
  EXPECT_NE(out.str().find("\n        10.0 1.000000000000          1\n"), std::string::npos) << out.str();
}

// The plotter draws the lines as a curve: values and counts must not fall, and the last line must hold
// everything.
TEST(Hgrm, LinesNeverFallAndEndAtEverything) {
  Histogram h;
  for (std::uint64_t v = 1; v < 3'000'000'000; v += v / 7 + 1) h.record(v, 1 + 3'000'000'000 / (v * v + 1));
  std::ostringstream out;
  h.write_hgrm(out, 1000.0);
  std::istringstream in(out.str());
  std::string line;
  std::getline(in, line);
  std::getline(in, line);
  EXPECT_EQ(line, "");
  double last_value = -1;
  double last_level = -1;
  std::uint64_t last_count = 0;
  while (std::getline(in, line) && line[0] != '#') {
    std::istringstream fields(line);
    double value = 0;
    double level = 0;
    std::uint64_t count = 0;
    ASSERT_TRUE(fields >> value >> level >> count) << line;
    ASSERT_GE(value, last_value) << line;
    ASSERT_GT(level, last_level) << line;
    ASSERT_GE(count, last_count) << line;
    ASSERT_GE(static_cast<double>(count), std::floor(level * static_cast<double>(h.count()))) << line;
    last_value = value;
    last_level = level;
    last_count = count;
  }
  EXPECT_EQ(last_level, 1.0);
  EXPECT_EQ(last_count, h.count());
  EXPECT_NEAR(last_value, static_cast<double>(h.max()) / 1000, 0.001);
}

TEST(Hgrm, RefusesNonsense) {
  const Histogram h;
  std::ostringstream out;
  EXPECT_THROW(h.write_hgrm(out, 0.0), std::invalid_argument);
  EXPECT_THROW(h.write_hgrm(out, -1.0), std::invalid_argument);
  EXPECT_THROW(h.write_hgrm(out, std::numeric_limits<double>::quiet_NaN()), std::invalid_argument);
  EXPECT_THROW(h.write_hgrm(out, 1.0, 0), std::invalid_argument);
}

}  // namespace
