#include "output.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <sstream>
#include <utility>

namespace lln::packet_life {
namespace {

// Told apart by people who see few colours, too (Okabe and Ito).
constexpr std::array<const char*, net::legs> colours{"#0072b2", "#e69f00", "#009e73", "#d55e00"};
constexpr std::array<const char*, net::legs> meanings{"system call, protocol", "queueing discipline, driver",
                                                      "device to device", "protocol, wake-up, system call"};
constexpr double left = 190;
constexpr double width = 790;

const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222;"
    "background:#fff}h2{font-size:1.1rem;margin:2rem 0 0}p{margin:.3rem 0}"
    "table{border-collapse:collapse;font-size:13px}td,th{padding:.1rem "
    ".8rem;text-align:right;border-bottom:1px solid "
    "#ddd}td:first-child,th:first-child{text-align:left}code{background:#f2f2f2;padding:.1rem .3rem}"
    "svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:#222}"
    "svg text.in{fill:#fff}.skipped{color:#666}";

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '>') {
      result += "&gt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

std::string number(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

std::string us(double ns) { return number(ns < 10'000 ? "%.2f" : "%.1f", ns * 1e-3); }

void write_stations(std::ostream& out) {
  constexpr std::array<const char*, net::legs + 1> stations{"send()", "scheduled", "sent", "arrived",
                                                            "received"};
  constexpr std::array<const char*, net::legs + 1> where{
      "the program", "the queue's door", "the device takes it", "the device gives it", "the program has it"};
  constexpr double first = 60;
  constexpr double step = 220;
  out << "<svg viewBox='0 0 1000 96' role='img' aria-label='the stations of a packet'>\n";
  for (std::size_t i = 0; i < net::legs; ++i) {
    const double x = first + step * static_cast<double>(i);
    out << "<line x1='" << x << "' x2='" << x + step << "' y1='40' y2='40' stroke='" << colours[i]
        << "' stroke-width='10'/><text x='" << x + step / 2
        << "' y='22' text-anchor='middle' font-weight='600'>" << net::to_string(static_cast<net::Leg>(i))
        << "</text><text x='" << x + step / 2 << "' y='90' text-anchor='middle' fill-opacity='.7'>"
        << meanings[i] << "</text>\n";
  }
  for (std::size_t i = 0; i <= net::legs; ++i) {
    const double x = first + step * static_cast<double>(i);
    out << "<circle cx='" << x << "' cy='40' r='8' fill='#fff' stroke='#222' stroke-width='2'><title>"
        << where[i] << "</title></circle><text x='" << x << "' y='66' text-anchor='middle'>" << stations[i]
        << "</text>\n";
  }
  out << "</svg>\n";
}

// 1, 2 or 5 times a power of ten, so that the axis has four to nine marks.
double step_of(double longest) {
  const double power = std::pow(10, std::floor(std::log10(longest / 4)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (longest / (factor * power) <= 9) return factor * power;
  }
  return 10 * power;
}

// The legs one behind the other, cut where the picture ends.
void write_bar(std::ostream& out, const net::Decomposition::Profile& profile, double y, double x_per_ns) {
  double x = left;
  for (std::size_t i = 0; i < net::legs; ++i) {
    const double wanted = profile.leg_ns[i] * x_per_ns;
    const double length = std::min(wanted, left + width - x);
    out << "<rect x='" << number("%.2f", x) << "' y='" << y << "' width='" << number("%.2f", length)
        << "' height='22' fill='" << colours[i] << "'><title>" << net::to_string(static_cast<net::Leg>(i))
        << ": " << us(profile.leg_ns[i]) << " us</title></rect>";
    if (length > 40 && wanted < length + 1)
      out << "<text class='in' x='" << number("%.2f", x + length / 2) << "' y='" << y + 15
          << "' text-anchor='middle'>" << us(profile.leg_ns[i]) << "</text>";
    out << '\n';
    x += length;
  }
}

void write_label(std::ostream& out, double y, const std::string& text) {
  out << "<text x='" << left - 8 << "' y='" << y + 15 << "' text-anchor='end'>" << escaped(text)
      << "</text>\n";
}

// The typical messages of all cases on one scale; what is ten times the shortest, or longer, leaves the picture.
void write_overview(std::ostream& out, const std::vector<Result>& results) {
  std::vector<const Result*> shown;
  double shortest = 1e18;
  for (const Result& result : results) {
    if (typical(result).messages == 0) continue;
    shown.push_back(&result);
    shortest = std::min(shortest, typical(result).whole_ns);
  }
  if (shown.empty()) return;
  double longest = shortest;
  for (const Result* result : shown) {
    if (const double ns = typical(*result).whole_ns; ns < 10 * shortest) longest = std::max(longest, ns);
  }
  const double height = 30 * static_cast<double>(shown.size()) + 8;
  out << "<h2>A typical message of each case, in us</h2>\n<svg viewBox='0 0 1000 " << height + 20
      << "' role='img' aria-label='typical messages'>\n";
  const double step = step_of(longest);
  for (double ns = 0; ns <= longest; ns += step) {
    const double x = left + width * ns / longest;
    out << "<line x1='" << number("%.2f", x) << "' x2='" << number("%.2f", x) << "' y1='4' y2='" << height
        << "' stroke='#ddd'/><text x='" << number("%.2f", x) << "' y='" << height + 15
        << "' text-anchor='middle'>" << number("%g", ns * 1e-3) << "</text>\n";
  }
  double y = 6;
  for (const Result* result : shown) {
    const auto profile = typical(*result);
    write_label(out, y, result->what.title);
    write_bar(out, profile, y, width / longest);
    if (profile.whole_ns > longest)
      out << "<text class='in' x='" << left + width - 6 << "' y='" << y + 15 << "' text-anchor='end'>to "
          << us(profile.whole_ns) << " &gt;&gt;</text>\n";
    y += 30;
  }
  out << "</svg>\n";
}

// Two bars of the same length: what each of the two messages was made of.
void write_bars(std::ostream& out, const Result& result) {
  out << "<svg viewBox='0 0 1000 62' role='img' aria-label='" << escaped(result.what.title) << "'>\n";
  double y = 4;
  for (const auto& [name, profile] : {std::pair{"typical ", typical(result)}, {"slow ", slow(result)}}) {
    if (profile.messages == 0) continue;
    write_label(out, y, name + us(profile.whole_ns) + " us");
    write_bar(out, profile, y, width / std::max(profile.whole_ns, 1.0));
    y += 28;
  }
  out << "</svg>\n";
}

void write_table(std::ostream& out, const Result& result) {
  constexpr std::array<double, 4> shown{50, 90, 99, 99.9};
  const auto row = [&](const char* name, const latency::Histogram& histogram) {
    out << "<tr><td>" << name;
    for (const double p : shown) {
      const bool enough = static_cast<double>(histogram.count()) * (100 - p) / 100 >= 10;
      out << "<td>" << (enough ? us(static_cast<double>(histogram.value_at_percentile(p))) : "-");
    }
    out << "</tr>\n";
  };
  out << "<table><tr><th>us<th>p50<th>p90<th>p99<th>p99.9</tr>\n";
  for (std::size_t i = 0; i < net::legs && result.what.stamps; ++i)
    row(net::to_string(static_cast<net::Leg>(i)), result.found.by_leg[i]);
  row("whole", result.found.whole);
  out << "</table>\n";
}

void write_case(std::ostream& out, const Result& result) {
  out << "<h2>" << escaped(result.what.title) << "</h2>\n<p>" << escaped(result.what.lesson) << "</p>\n";
  if (!result.skipped.empty()) {
    out << "<p class='skipped'>Skipped: " << escaped(result.skipped) << ".</p>\n";
    return;
  }
  if (result.what.stamps) write_bars(out, result);
  write_table(out, result);
  out << "<p>" << result.found.whole.count() << " messages";
  if (const std::uint64_t left_out = result.found.lost + result.found.unstamped + result.found.backwards;
      left_out > 0)
    out << "; left out: " << result.found.lost << " not received, " << result.found.unstamped
        << " without all stamps, " << result.found.backwards << " with the clock set back";
  out << ".</p>\n";
}

}  // namespace

std::string html_page(const std::vector<Result>& results, const Facts& facts) {
  std::ostringstream out;
  out << "<!doctype html>\n<html lang='en'><meta charset='utf-8'><title>The life of a packet</title><style>"
      << style
      << "</style>\n<h1>The life of a packet</h1>\n<p>Each message was stamped by the kernel at the stations "
         "between two programs. A typical message is the average of those around the median, a slow one of "
         "those "
         "around the 99th percentile. Made by <code>"
      << escaped(facts.command) << "</code>.</p>\n";
  write_stations(out);
  write_overview(out, results);
  for (const Result& result : results) write_case(out, result);
  out << "<h2>Notes</h2>\n";
  if (const std::string price = price_of_looking(results); !price.empty()) out << "<p>" << price << ".</p>\n";
  for (const std::string& note : facts.notes) out << "<p>" << escaped(note) << ".</p>\n";
  out << "</html>\n";
  return out.str();
}

}  // namespace lln::packet_life
