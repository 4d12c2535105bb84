// The parts of lln-histogram, on files of their own.
#include "input.hpp"
#include "output.hpp"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>

namespace {

using namespace lln::histogram_program;

struct TemporaryFile {
  explicit TemporaryFile(const std::string& text)
      : path(testing::TempDir() + "lln_histogram_" + std::to_string(reinterpret_cast<std::uintptr_t>(this)) +
             ".txt") {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::remove(path.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  std::string path;
};

TEST(HistogramProgram, ReadsValues) {
  const TemporaryFile file("# latencies\n1 2 3\n\n1000000 # slow\n2.6\n");
  const auto h = read(file.path, 1).histogram;
  EXPECT_EQ(h.count(), 5U);
  EXPECT_EQ(h.min(), 1U);
  EXPECT_EQ(h.max(), 1'000'000U);
  EXPECT_EQ(h.value_at_percentile(60), 3U) << "1, 2, 3, 3 (2.6 rounded), 1000000";
  EXPECT_EQ(read(file.path, 1000).histogram.min(), 1000U);
}

TEST(HistogramProgram, ReadsBackWhatItWrites) {
  lln::latency::Histogram original;
  for (std::uint64_t i = 1; i <= 10'000; ++i) original.record(i * i);
  std::ostringstream text;
  original.write_hgrm(text, 1.0, 100);
  const TemporaryFile file(text.str());
  const auto h = read(file.path, 1).histogram;
  EXPECT_EQ(h.count(), original.count());
  EXPECT_EQ(h.max(), original.max());
  for (const double p : {50.0, 90.0, 99.0, 99.9}) {
    const auto wanted = static_cast<double>(original.value_at_percentile(p));
    EXPECT_NEAR(static_cast<double>(h.value_at_percentile(p)), wanted, wanted / 50) << "p" << p;
  }
}

TEST(HistogramProgram, RefusesWithFileAndLine) {
  const auto refusal = [](const std::string& text) -> std::string {
    const TemporaryFile file(text);
    try {
      (void)read(file.path, 1);
    } catch (const std::runtime_error& error) {
      return std::string(error.what()).substr(file.path.size());
    }
    return "accepted";
  };
  EXPECT_EQ(refusal("1\n2x\n"), ":2: '2x' is not a number");
  EXPECT_EQ(refusal("1\n-2\n"), ":2: a value below 0 or above 10^18");
  EXPECT_EQ(refusal("nan\n"), ":1: a value below 0 or above 10^18");
  EXPECT_EQ(refusal("# nothing\n"), ": no values");
  EXPECT_EQ(refusal("Value Percentile TotalCount 1/(1-Percentile)\n1 0.5 10 2\n2 0.9 5 10\n"),
            ":3: the count goes back");
  EXPECT_THROW(read("/nowhere/to/be/found", 1), std::runtime_error);
}

TEST(HistogramProgram, ShowsOnlyWhatTheDataCarries) {
  Distribution d{"thousand", lln::latency::Histogram()};
  for (std::uint64_t i = 1; i <= 1000; ++i) d.histogram.record(i);
  std::ostringstream out;
  print_table(out, {d});
  EXPECT_NE(out.str().find("        990          -          -          -       1000\n"), std::string::npos)
      << out.str();
  std::ostringstream compared;
  compare(compared, d, d);
  EXPECT_NE(compared.str().find("p99               990          990      1.000\n"), std::string::npos)
      << compared.str();
  EXPECT_NE(compared.str().find("p99.9    too few values in a\n"), std::string::npos);
}

TEST(HistogramProgram, PlotsRisingCurves) {
  Distribution d{"steps", lln::latency::Histogram()};
  for (std::uint64_t i = 1; i <= 10'000; ++i) d.histogram.record(i <= 9'000 ? 10 : 1'000);
  std::ostringstream out;
  plot(out, {d}, 30, 3);
  // A third of the columns lies below p90.
  EXPECT_EQ(out.str(),
            "        1000 |          aaaaaaaaaaaaaaaaaaaa\n"
            "         100 |                              \n"
            "          10 |aaaaaaaaaa                    \n"
            "             +------------------------------\n"
            "              p0 p50    p90       p99\n"
            "  a  steps\n");
}

}  // namespace
