// Every address, every length, every phase; what lies around the data; fragments; instructions.
#include <lln/testkit/instructions.hpp>
#include <lln/testkit/random.hpp>
#include <lln/testkit/testkit.hpp>

#include <unmask.hpp>

#include <memory>

namespace {

using lln::exercise::Key;
using lln::exercise::Path;
using lln::testkit::Story;
using Unmask = std::size_t (*)(std::span<std::byte>, const Key&, std::size_t);
using Bytes = std::vector<std::byte>;

constexpr const char* notes = "modules/03-cache/README.md#vectorised-byte-work";
constexpr Key key{std::byte{0x37}, std::byte{0xfa}, std::byte{0x21}, std::byte{0x3d}};
constexpr std::size_t guard = 64;

bool has_avx2() {
#if defined(LLN_HAS_AVX2_CODE)
  return __builtin_cpu_supports("avx2") != 0;
#else
  return false;
#endif
}

std::byte pattern(std::size_t i) { return static_cast<std::byte>(i * 7 + 1); }

// At one address, with one length and phase: false when the story has ended. The buffer has guards on both sides.
bool right(Story& story, Unmask unmask, Bytes& buffer, Bytes& wanted, std::size_t offset, std::size_t length,
           std::size_t phase) {
  for (std::size_t i = 0; i < buffer.size(); ++i) wanted[i] = buffer[i] = pattern(i);
  const std::size_t begin = guard + offset;
  for (std::size_t i = 0; i < length; ++i) wanted[begin + i] ^= key[(phase + i) % 4];
  const std::size_t next = unmask(std::span(buffer).subspan(begin, length), key, phase);
  if (buffer == wanted && next == (phase + length) % 4) return true;
  story.step(std::to_string(length) + " bytes, " + std::to_string(offset) +
             " behind an aligned address, phase " + std::to_string(phase));
  story.expect(next).equals((phase + length) % 4).named("the next phase");
  const auto around = [&](const Bytes& bytes, std::size_t at) { return std::span(bytes).subspan(at, guard); };
  story
      .expect(std::equal(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(begin), wanted.begin()))
      .is_true()
      .named("the bytes before the data are as they were");
  story.expect_bytes(std::span<const std::byte>(buffer).subspan(begin, length),
                     std::span<const std::byte>(wanted).subspan(begin, length));
  story.step("what lies behind the data");
  story.expect_bytes(around(buffer, begin + length), around(wanted, begin + length));
  return false;
}

void expect_right_everywhere(Story& story, Unmask unmask) {
  constexpr std::size_t longest = 300;
  constexpr std::size_t offsets = 33;  // every address modulo 32
  Bytes buffer(guard + offsets + longest + guard);
  Bytes wanted(buffer.size());
  for (std::size_t length = 0; length <= longest; ++length) {
    for (std::size_t offset = 0; offset < offsets; ++offset) {
      const std::size_t phases = length < 70 ? 4 : 1;
      for (std::size_t i = 0; i < phases; ++i) {
        if (!right(story, unmask, buffer, wanted, offset, length, (length + offset + i) % 4)) return;
      }
    }
  }
}

// In memory of exactly this length, where AddressSanitizer sees each byte that is read behind it.
void expect_nothing_beyond(Story& story, Unmask unmask) {
  for (std::size_t length = 0; length <= 100; ++length) {
    const auto data = std::make_unique<std::byte[]>(length);
    story.step("exactly " + std::to_string(length) + " bytes");
    story.expect(unmask({data.get(), length}, key, 0)).equals(length % 4).named("the next phase");
    for (std::size_t i = 0; i < length; ++i)
      story.expect(data[i] == key[i % 4]).is_true().named("a byte is right");
    if (!story.ok()) return;
  }
}

// ---- by-bytes ----

TEST(ByBytes, AsTheStandardSays) {
  Story story("the masked Hello of RFC 6455, section 5.7");
  story.notes(notes);
  const unsigned char masked[] = {0x7f, 0x9f, 0x4d, 0x51, 0x58};
  Bytes data(5);
  std::memcpy(data.data(), masked, 5);
  story.expect(lln::exercise::unmask_bytes(data, key, 0)).equals(1U).named("the next phase");
  story.expect_bytes(std::string_view(reinterpret_cast<const char*>(data.data()), 5), "Hello");
}

TEST(ByBytes, AtEveryAddress) {
  Story story("0 to 300 bytes at 33 addresses");
  story.notes(notes);
  expect_right_everywhere(story, lln::exercise::unmask_bytes);
}

// ---- by-words ----

TEST(ByWords, AtEveryAddress) {
  Story story("0 to 300 bytes at 33 addresses, eight at a time");
  story.notes(notes).think("which byte of the key does the first byte of a word need, when the phase is 3?");
  expect_right_everywhere(story, lln::exercise::unmask_words);
}

TEST(ByWords, NothingBeyond) {
  Story story("0 to 100 bytes in memory of exactly that length, eight at a time");
  story.notes(notes).think("how many bytes does the last word have?");
  expect_nothing_beyond(story, lln::exercise::unmask_words);
}

// ---- by-vectors ----

#if defined(LLN_HAS_AVX2_CODE)
constexpr Unmask by_vectors = lln::exercise::unmask_avx2;
#else
constexpr Unmask by_vectors = lln::exercise::unmask_words;
#endif

TEST(ByVectors, AtEveryAddress) {
  if (!has_avx2()) GTEST_SKIP() << "this CPU has no AVX2";
  Story story("0 to 300 bytes at 33 addresses, 32 at a time");
  story.notes(notes).think("what does the vector behind the last full one hold, and whose is it?");
  expect_right_everywhere(story, by_vectors);
}

TEST(ByVectors, NothingBeyond) {
  if (!has_avx2()) GTEST_SKIP() << "this CPU has no AVX2";
  Story story("0 to 100 bytes in memory of exactly that length, 32 at a time");
  story.notes(notes).think("how many bytes does the last vector have?");
  expect_nothing_beyond(story, by_vectors);
}

// ---- fragments ----

TEST(Fragments, GoOnWhereTheLastEnded) {
  Story story("a message of 1000 bytes in fragments of random length, 50 times");
  story.notes(notes).think(
      "with which byte of the key does the second fragment begin, when the first had 5 bytes?");
  auto random = lln::testkit::random();
  std::vector<std::pair<const char*, Unmask>> paths{{"bytes", lln::exercise::unmask_bytes},
                                                    {"words", lln::exercise::unmask_words},
                                                    {"the best path", lln::exercise::unmask}};
  if (has_avx2()) paths.emplace_back("vectors", by_vectors);
  Bytes wanted(1'000);
  for (std::size_t i = 0; i < wanted.size(); ++i) wanted[i] = pattern(i) ^ key[i % 4];
  for (int round = 0; round < 50 && story.ok(); ++round) {
    for (const auto& [name, unmask] : paths) {
      Bytes data(wanted.size());
      for (std::size_t i = 0; i < data.size(); ++i) data[i] = pattern(i);
      std::size_t phase = 0;
      for (std::size_t at = 0; at < data.size();) {
        const std::size_t length = std::min<std::size_t>(random() % 150, data.size() - at);
        phase = unmask(std::span(data).subspan(at, length), key, phase);
        at += length;
      }
      story.step(std::string("by ") + name);
      story.expect_bytes(std::span<const std::byte>(data), std::span<const std::byte>(wanted));
      if (!story.ok()) return;
    }
  }
}

// ---- dispatch ----

TEST(Dispatch, TakesTheWidest) {
  Story story("the path for this CPU");
  story.notes(notes).think("who knows which CPU the program runs on, the compiler or the program?");
  const Path wanted = has_avx2() ? Path::avx2 : Path::words;
  story.expect(lln::exercise::best_path() == wanted).is_true().named("the widest path was chosen");
  expect_right_everywhere(story, lln::exercise::unmask);
}

// ---- work ----

TEST(Work, OfWordsAndVectors) {
  Story story("4096 bytes at an odd address");
  story.notes(notes).think("how many words, or vectors, are there in 4096 bytes?");
  Bytes buffer(guard + 1 + 4'096 + guard);
  const auto run = [&](Unmask unmask) { unmask(std::span(buffer).subspan(guard + 1, 4'096), key, 3); };
  for (std::size_t i = 0; i < buffer.size(); ++i) buffer[i] = pattern(i);
  run(lln::exercise::unmask_words);
  story.expect(buffer[guard + 1] == (pattern(guard + 1) ^ key[3])).is_true().named("the first byte is right");
  if (!story.ok()) return;
  std::vector<std::function<void()>> functions{[&] { run(lln::exercise::unmask_words); }};
  if (has_avx2()) functions.emplace_back([&] { run(by_vectors); });
  const auto counted = lln::testkit::count_instructions(functions);
  if (!counted) GTEST_SKIP() << counted.why_not;
  story.step("count");
  story.expect(counted[0]).at_most(4'096U + 500).named("by words").units("instructions");
  if (has_avx2())
    story.expect(counted[1]).at_most(4'096U / 3 + 500).named("by vectors").units("instructions");
}

}  // namespace
