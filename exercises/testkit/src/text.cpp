#include <lln/testkit/detail/text.hpp>

#include <fstream>

namespace lln::testkit::detail {
namespace {

constexpr int longest_call = 5;  // lines

bool is_name_letter(char letter) {
  return letter == '_' || (letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
         (letter >= 'A' && letter <= 'Z');
}

// Where the text behind `function(` begins; npos when it is not there exactly once.
std::size_t only_call(const std::string& line, std::string_view function) {
  std::size_t found = std::string::npos;
  const std::string call = std::string(function) + '(';
  for (std::size_t at = line.find(call); at != std::string::npos; at = line.find(call, at + 1)) {
    if (at > 0 && is_name_letter(line[at - 1])) continue;
    if (found != std::string::npos) return std::string::npos;
    found = at + call.size();
  }
  return found;
}

// Up to the comma or bracket that ends the first argument; empty when it does not end.
std::string first_argument(std::string_view text) {
  std::string argument;
  int depth = 0;
  char quote = '\0';
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (quote != '\0') {
      if (letter == '\\') {
        argument += letter;
        if (++i < text.size()) argument += text[i];
        continue;
      }
      if (letter == quote) quote = '\0';
    } else if (letter == '"' || letter == '\'') {
      quote = letter;
    } else if (letter == '(' || letter == '[' || letter == '{') {
      ++depth;
    } else if (depth == 0 && (letter == ')' || letter == ',')) {
      return argument;
    } else if (letter == ')' || letter == ']' || letter == '}') {
      --depth;
    }
    const bool blank = letter == ' ' || letter == '\n';
    if (blank && (argument.empty() || argument.back() == ' ')) continue;
    argument += blank ? ' ' : letter;
  }
  return "";
}

}  // namespace

std::string argument_in_source(const std::source_location& where, std::string_view function) {
  std::ifstream file(where.file_name());
  std::string line;
  for (unsigned number = 1; number <= where.line(); ++number) {
    if (!std::getline(file, line)) return "";
  }
  const std::size_t start = only_call(line, function);
  if (start == std::string::npos) return "";
  std::string text = line.substr(start);
  for (int more = 1; more < longest_call && std::getline(file, line); ++more) text += '\n' + line;
  return first_argument(text);
}

std::string with_units(const std::string& value, std::string_view plural) {
  if (plural.empty() || value == "nothing") return value;
  std::string units(plural);
  if (value == "1" && units.size() > 2) {  // not "ns"
    if (units.ends_with("ies")) {
      units.replace(units.size() - 3, 3, "y");
    } else if (units.ends_with("sses")) {
      units.resize(units.size() - 2);
    } else if (units.ends_with("s")) {
      units.pop_back();
    }
  }
  return value + ' ' + units;
}

}  // namespace lln::testkit::detail
