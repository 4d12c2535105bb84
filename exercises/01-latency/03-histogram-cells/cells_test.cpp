#include <lln/testkit/allocations.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <cells.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

namespace {

using lln::exercise::Cells;
using lln::exercise::Counts;
using lln::testkit::Story;

constexpr const char* notes = "modules/01-latency/README.md#the-arithmetic-of-a-histogram";
constexpr std::uint64_t largest = ~std::uint64_t{0};
__extension__ using Wide = unsigned __int128;  // products of two 64-bit numbers

// Calls f(std::integral_constant<int, Bits>{}) for several precisions.
template <class F>
void for_some_bits(F&& f) {
  f(std::integral_constant<int, 1>{});
  f(std::integral_constant<int, 3>{});
  f(std::integral_constant<int, 7>{});
  f(std::integral_constant<int, 10>{});
}

std::string cell_text(int bits, std::size_t cell) {
  return "cell " + std::to_string(cell) + " of Cells<" + std::to_string(bits) + ">";
}

TEST(Cells, SmallValuesHaveACellEach) {
  Story story("values below 2^(Bits+1)");
  story.notes(notes).think("how many bits does the cell of a small value forget?");
  for_some_bits([&](auto bits) {
    using C = Cells<bits>;
    story.step("Cells<" + std::to_string(bits) + ">: 0 to " + std::to_string((2U << bits) - 1));
    for (std::uint64_t v = 0; v < (2U << bits) && story.ok(); ++v) {
      story.expect(C::cell_of(v)).named("cell_of(" + std::to_string(v) + ")").equals(v);
      story.expect(C::lowest(static_cast<std::size_t>(v))).named("lowest of that cell").equals(v);
      story.expect(C::highest(static_cast<std::size_t>(v))).named("highest of that cell").equals(v);
      story.expect(C::middle(static_cast<std::size_t>(v))).named("middle of that cell").equals(v);
    }
  });
}

TEST(Cells, EdgesByHand) {
  Story story("Cells<3>: 8 cells an octave, values below 16 by themselves");
  story.notes(notes).think("18 is 10010 in binary: what is left when one bit is forgotten?");
  using C = Cells<3>;
  struct Row {
    std::uint64_t value;
    std::size_t cell;
    std::uint64_t lowest;
    std::uint64_t highest;
  };
  for (const Row row : {Row{15, 15, 15, 15},
                        {16, 16, 16, 17},
                        {17, 16, 16, 17},
                        {18, 17, 18, 19},
                        {31, 23, 30, 31},
                        {32, 24, 32, 35},
                        {63, 31, 60, 63},
                        {64, 32, 64, 71},
                        {1000, 63, 960, 1023}}) {
    story.step("value " + std::to_string(row.value));
    story.expect(C::cell_of(row.value)).equals(row.cell);
    story.expect(C::lowest(row.cell)).equals(row.lowest);
    story.expect(C::highest(row.cell)).equals(row.highest);
    if (!story.ok()) return;
  }
}

TEST(Cells, EdgesOfAllCellsMeet) {
  Story story("every cell begins where the one before it ends");
  story.notes(notes).think("what does lowest(cell + 1) give for the last cell?");
  for_some_bits([&](auto bits) {
    using C = Cells<bits>;
    // One block of 2^Bits cells for the values below 2^Bits, and one for each of the 64 - Bits octaves above.
    const std::size_t wanted = static_cast<std::size_t>(65 - bits) << bits;
    story.step("Cells<" + std::to_string(bits) + ">");
    story.expect(C::count()).equals(wanted).units("cells");
    if (!story.ok()) return;
    std::uint64_t next = 0;
    for (std::size_t cell = 0; cell < wanted && story.ok(); ++cell) {
      const std::uint64_t high = C::highest(cell);
      if (C::lowest(cell) == next && high >= next && C::cell_of(next) == cell && C::cell_of(high) == cell) {
        next = high + 1;
        continue;  // as it should be, and quicker than four sentences
      }
      story.expect(C::lowest(cell)).named("lowest of " + cell_text(bits, cell)).equals(next);
      story.expect(C::highest(cell)).named("highest of " + cell_text(bits, cell)).at_least(next);
      story.expect(C::cell_of(C::lowest(cell))).named("the cell of the lowest").equals(cell);
      story.expect(C::cell_of(C::highest(cell))).named("the cell of the highest").equals(cell);
    }
    story.expect(C::highest(wanted - 1)).named("highest of the last cell").equals(largest);
  });
}

TEST(Cells, EdgesRandomValuesLieInTheirCell) {
  Story story("random values of every size");
  story.notes(notes);
  auto random = lln::testkit::random();
  for_some_bits([&](auto bits) {
    using C = Cells<bits>;
    story.step("Cells<" + std::to_string(bits) + ">");
    for (int i = 0; i < 10'000 && story.ok(); ++i) {
      const std::uint64_t v = random() >> (random() % 64);
      const std::size_t cell = C::cell_of(v);
      story.expect(cell).named("cell_of(" + std::to_string(v) + ")").at_most(C::count() - 1);
      if (!story.ok()) return;
      story.expect(C::lowest(cell)).named("lowest of " + cell_text(bits, cell)).at_most(v);
      story.expect(C::highest(cell)).named("highest of " + cell_text(bits, cell)).at_least(v);
    }
  });
}

// |v - middle| / v as a fraction, and a <= b, in whole numbers of 128 bits.
struct Error {
  std::uint64_t distance = 0;
  std::uint64_t value = 1;
};
bool less(const Error& a, const Error& b) { return Wide{a.distance} * b.value < Wide{b.distance} * a.value; }

TEST(Cells, ErrorIsTheMaximumAndInLowestTerms) {
  Story story("the stated error against every cell of 64 bits");
  story.notes(notes).think("which value of a cell is furthest from the middle, relative to itself?");
  for_some_bits([&](auto bits) {
    using C = Cells<bits>;
    story.step("Cells<" + std::to_string(bits) + ">");
    Error worst;
    const std::size_t cells = static_cast<std::size_t>(65 - bits) << bits;
    for (std::size_t cell = 1; cell < cells; ++cell) {
      const std::uint64_t low = C::lowest(cell);
      const std::uint64_t middle = C::middle(cell);
      const std::uint64_t high = C::highest(cell);
      if (low == 0 || middle < low || middle > high) {
        story.fail("middle of " + cell_text(bits, cell) + " should have lain between lowest and highest");
        return;
      }
      // The error grows from the middle to both edges, so the edges decide.
      for (const Error error : {Error{middle - low, low}, Error{high - middle, high}}) {
        if (less(worst, error)) worst = error;
      }
    }
    const std::uint64_t common = std::gcd(worst.distance, worst.value);
    story.expect(worst.distance / common).named("numerator of the worst error that a cell has").equals(1);
    story.expect(worst.value / common)
        .named("denominator of the worst error that a cell has")
        .equals(2U << bits);
    story.expect(C::worst_error().numerator).equals(worst.distance / common);
    story.expect(C::worst_error().denominator).equals(worst.value / common);
  });
}

TEST(Cells, ErrorOfMiddlesByHand) {
  Story story("what Cells<3> reports");
  story.notes(notes);
  using C = Cells<3>;
  story.step("a cell of two values, one of four, one of 64");
  story.expect(C::middle(16)).named("middle of 16..17").equals(17);
  story.expect(C::middle(24)).named("middle of 32..35").equals(34);
  story.expect(C::middle(63)).named("middle of 960..1023").equals(992);
  story.step("the last cell");
  story.expect(C::middle(C::count() - 1)).named("its middle").equals(largest - (std::uint64_t{1} << 59) + 1);
}

TEST(Counts, PercentilesEqualTheSortedValues) {
  Story story("ranks of random values, beside the sorted values");
  story.notes(notes).think("is the rank counted from one?");
  auto random = lln::testkit::random();
  Counts<7> counts;
  Counts<7> other;
  std::vector<std::uint64_t> all;
  for (int i = 0; i < 5'000; ++i) {
    const std::uint64_t v = random() >> (random() % 64);
    all.push_back(v);
    (i % 3 == 0 ? other : counts).record(v);
  }
  story.step("5000 values in two histograms");
  story.expect(counts.total() + other.total()).equals(5'000).units("values");
  counts.merge(other);
  story.step("merge them");
  story.expect(counts.total()).equals(5'000).units("values");
  std::sort(all.begin(), all.end());
  for (const std::size_t rank : {1U, 2U, 3U, 10U, 100U, 2'499U, 2'500U, 2'501U, 4'950U, 4'999U, 5'000U}) {
    story.expect(counts.at_rank(rank))
        .named("at_rank(" + std::to_string(rank) + ")")
        .equals(Cells<7>::middle(Cells<7>::cell_of(all[rank - 1])));
  }
  story.expect(other.total()).named("the other's total").equals(1'667).units("values");
}

TEST(Counts, PercentilesByHand) {
  Story story("three values");
  story.notes(notes);
  Counts<3> counts;
  for (const std::uint64_t v : {33U, 5U, 1000U}) counts.record(v);
  story.step("record 33, 5, 1000");
  story.expect(counts.at_rank(1)).equals(5);
  story.expect(counts.at_rank(2)).named("at_rank(2), of 33 in 32..35").equals(34);
  story.expect(counts.at_rank(3)).named("at_rank(3), of 1000 in 960..1023").equals(992);
}

TEST(Counts, RecordAllocatesNothing) {
  Story story("recording, from 0 to 2^64 - 1");
  story.notes(notes);
  Counts<10> counts;
  const lln::testkit::AllocationCounter count;
  counts.record(0);
  for (std::uint64_t v = 1; v != 0; v *= 2) counts.record(v);
  counts.record(largest);
  const std::uint64_t allocations = count.allocations();
  story.step("record 0, every power of two, and 2^64 - 1");
  story.expect(allocations).equals(0U).units("allocations");
  story.expect(counts.total()).equals(66).units("values");
}

}  // namespace
