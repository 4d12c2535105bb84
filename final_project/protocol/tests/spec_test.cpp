// Keeps SPEC.md true: its byte tables must be complete and equal the literal bytes of the other tests.
#include "support.hpp"
#include "wire_examples.hpp"

#include <fstream>
#include <map>
#include <regex>

namespace lln::feed {
namespace {

using test::Bytes;
using test::hex;
using test::to_hex;

struct Row {
  std::size_t offset;
  std::size_t width;
  Bytes bytes;
};
struct Table {
  std::size_t declared_size = 0;
  std::vector<Row> rows;
};

// A heading "### Name ... (N bytes)" and the rows "| offset | width | field | `bytes` | ..." below it.
std::map<std::string, Table> read_spec() {
  std::ifstream file(LLN_SPEC_FILE);
  if (!file) throw std::runtime_error("cannot open " LLN_SPEC_FILE);
  const std::regex heading(R"(^### (\w+).*\((\d+) bytes\)$)");
  const std::regex row(R"(^\| (\d+) \| (\d+) \| [^|]+ \| `([0-9a-f ]+)` \|.*)");
  std::map<std::string, Table> tables;
  Table* current = nullptr;
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, heading)) {
      if (tables.contains(match[1])) throw std::runtime_error("SPEC.md describes twice: " + match[1].str());
      current = &tables[match[1]];
      current->declared_size = std::stoul(match[2]);
    } else if (line.starts_with('#')) {
      current = nullptr;
    } else if (current && std::regex_match(line, match, row)) {
      current->rows.push_back({std::stoul(match[1]), std::stoul(match[2]), hex(match[3].str())});
    }
  }
  return tables;
}

std::map<std::string, Bytes> literal_bytes() {
  std::map<std::string, Bytes> bytes;
  for (const auto& example : test::itch_examples()) bytes[std::string(example.name)] = hex(example.hex);
  for (const auto& example : test::transport_examples()) bytes[std::string(example.name)] = hex(example.hex);
  return bytes;
}

TEST(Spec, EveryTableIsCompleteAndWithoutHoles) {
  const auto tables = read_spec();
  ASSERT_FALSE(tables.empty());
  for (const auto& [name, table] : tables) {
    std::size_t end = 0;
    for (const Row& row : table.rows) {
      EXPECT_EQ(row.offset, end) << name << ": the row at " << row.offset
                                 << " does not follow the one before";
      EXPECT_EQ(row.bytes.size(), row.width) << name << " at offset " << row.offset;
      end = row.offset + row.width;
    }
    EXPECT_EQ(end, table.declared_size) << name << ": size in the heading";
  }
}

TEST(Spec, BytesEqualTheLiteralsOfTheTests) {
  const auto tables = read_spec();
  for (const auto& [name, literal] : literal_bytes()) {
    const auto table = tables.find(name);
    if (table == tables.end()) {
      ADD_FAILURE() << "SPEC.md has no table for " << name;
      continue;
    }
    Bytes bytes;
    for (const Row& row : table->second.rows) bytes.insert(bytes.end(), row.bytes.begin(), row.bytes.end());
    EXPECT_EQ(to_hex(bytes), to_hex(literal)) << name;
  }
}

TEST(Spec, EveryTableHasALiteralInTheTests) {
  const auto literals = literal_bytes();
  for (const auto& [name, table] : read_spec()) EXPECT_TRUE(literals.contains(name)) << name;
}

TEST(Spec, DigestExampleIsTheOneOfTheTests) {
  std::ifstream file(LLN_SPEC_FILE);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  EXPECT_NE(text.find("has the digest `5bd5123e4837dda7`"), std::string::npos);
  EXPECT_NE(text.find("\n13 AAPL 4 5bd5123e4837dda7\n"), std::string::npos);
}

}  // namespace
}  // namespace lln::feed
