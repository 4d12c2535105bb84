#include "page.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

namespace lln::around_kernel {
namespace {

constexpr double left = 300;
constexpr double width = 640;
constexpr double row = 30;

const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1000px;margin:2rem auto;padding:0 1rem;color:#222;"
    "background:#fff}h2{font-size:1.1rem;margin:2rem 0 0}table{border-collapse:collapse;font-size:13px}"
    "td,th{padding:.1rem .8rem;text-align:right;border-bottom:1px solid #ddd}"
    "td:first-child,th:first-child{text-align:left}code{background:#f2f2f2;padding:.1rem .3rem}"
    "svg{width:100%;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:#222}"
    ".skipped{color:#555}";

// Told apart by people who see few colours, too (Okabe and Ito).
struct Family {
  const char* prefix;
  const char* colour;
  const char* title;
};
constexpr Family families[] = {{"udp", "#0072b2", "socket"},
                               {"uring", "#e69f00", "io_uring"},
                               {"packet", "#009e73", "AF_PACKET"},
                               {"xdp", "#d55e00", "AF_XDP"},
                               {"dpdk", "#cc79a7", "DPDK"}};

const Family& family_of(const std::string& name) {
  for (const Family& family : families) {
    if (name.starts_with(family.prefix)) return family;
  }
  return families[0];
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    const char* const name = c == '&'   ? "&amp;"
                             : c == '<' ? "&lt;"
                             : c == '>' ? "&gt;"
                             : c == '"' ? "&quot;"
                                        : nullptr;
    result += name != nullptr ? name : std::string(1, c);
  }
  return result;
}

std::string number(const char* format, double value) {
  char buffer[64];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

double median_of(const contest::Contestant& contestant) { return report::median(contestant.rounds); }

// In us; the median where there are too few values for it.
double p99_of(const contest::Contestant& contestant) {
  if (contestant.values.count() < 1000) return median_of(contestant);
  return static_cast<double>(contestant.values.value_at_percentile(99)) * 1e-3;
}

using Shown = std::vector<const contest::Contestant*>;

Shown measured(const std::vector<contest::Contestant>& contestants) {
  Shown shown;
  for (const auto& contestant : contestants) {
    if (!contestant.rounds.empty()) shown.push_back(&contestant);
  }
  std::sort(shown.begin(), shown.end(), [](auto* a, auto* b) { return median_of(*a) < median_of(*b); });
  return shown;
}

void write_legend(std::ostream& out) {
  out << "<p>";
  for (const Family& family : families)
    out << "<span style='color:" << family.colour << "'>&#9632;</span> " << family.title << " &nbsp; ";
  out << "thin line: up to the 99th percentile of all round trips</p>\n";
}

void write_picture(std::ostream& out, const Shown& shown) {
  double lowest = 1e9;
  double highest = 0;
  for (const auto* contestant : shown) {
    lowest = std::min(lowest, median_of(*contestant));
    highest = std::max({highest, median_of(*contestant), p99_of(*contestant)});
  }
  const double from = std::floor(std::log10(std::max(lowest, 1e-3) * 0.7));
  const double to = std::max(std::ceil(std::log10(std::max(highest, 1e-3))), from + 1);
  const auto x = [&](double us) {
    return left + width * (std::clamp(std::log10(std::max(us, 1e-3)), from, to) - from) / (to - from);
  };
  const double height = row * static_cast<double>(shown.size()) + 26;
  out << "<svg viewBox='0 0 1000 " << height << "' role='img' aria-label='round trips by way'>\n";
  for (double power = from; power <= to; ++power) {
    const double us = std::pow(10, power);
    out << "<line x1='" << x(us) << "' x2='" << x(us) << "' y1='18' y2='" << height
        << "' stroke='#ddd'/><text x='" << x(us) << "' y='12' text-anchor='middle'>" << number("%g", us)
        << " us</text>\n";
  }
  double y = 24;
  for (const auto* contestant : shown) {
    const double end = x(median_of(*contestant));
    const double tail = x(p99_of(*contestant));
    out << "<text x='" << left - 8 << "' y='" << y + 15 << "' text-anchor='end'>"
        << escaped(contestant->title) << "</text><rect x='" << left << "' y='" << y << "' height='20' width='"
        << number("%.1f", end - left) << "' fill='" << family_of(contestant->name).colour << "'/><line x1='"
        << number("%.1f", end) << "' x2='" << number("%.1f", tail) << "' y1='" << y + 10 << "' y2='" << y + 10
        << "' stroke='#222'/><text x='" << number("%.1f", std::max(end, tail) + 5) << "' y='" << y + 15
        << "'>" << number("%.3g", median_of(*contestant)) << "</text>\n";
    y += row;
  }
  out << "</svg>\n";
}

void write_table(std::ostream& out, const Shown& shown, const std::vector<contest::Contestant>& all) {
  out << "<table><tr><th>way<th>median us<th>least<th>most<th>p99<th>ratio to a spinning UDP socket [95 "
         "%]</tr>\n";
  for (const auto* contestant : shown) {
    out << "<tr><td>" << escaped(contestant->title) << "<td>" << number("%.3g", median_of(*contestant))
        << "<td>" << number("%.3g", report::quantile(contestant->rounds, 0)) << "<td>"
        << number("%.3g", report::quantile(contestant->rounds, 1)) << "<td>"
        << (contestant->values.count() < 1000 ? "" : number("%.3g", p99_of(*contestant))) << "<td>";
    report::Ratio ratio{};
    for (const auto& rival : all) {
      if (rival.name == contestant->rival && report::ratio_of(contestant->rounds, rival.rounds, ratio))
        out << number("%.2f", ratio.median) << " [" << number("%.2f", ratio.low) << " .. "
            << number("%.2f", ratio.high) << "]";
    }
    out << "</tr>\n";
  }
  out << "</table>\n";
}

void write_skipped(std::ostream& out, const std::vector<contest::Contestant>& contestants) {
  std::ostringstream list;
  for (const auto& contestant : contestants) {
    if (contestant.rounds.empty())
      list << "<li>" << escaped(contestant.title) << ": "
           << escaped(contestant.refusal.empty() ? "ended before its turn" : contestant.refusal) << "</li>\n";
  }
  if (!list.str().empty()) out << "<h2>Skipped</h2><ul class='skipped'>\n" << list.str() << "</ul>\n";
}

const char* meaning =
    "<h2>What it says here, and what it would on a network card</h2>\n"
    "<p>Both ends of the cable are one machine: sending runs the receiver's side of the kernel too, in the "
    "sender's "
    "thread. So a round trip here is the software of both directions and nothing else: no bus, no card, no "
    "wire. The "
    "distance between a socket and AF_XDP is what IP, UDP and the socket's buffers cost, and that part is "
    "the same on "
    "a card.</p>\n"
    "<p>Three things are different on a card. Native mode is slower than generic here, because veth must "
    "make a "
    "frame of "
    "a packet and a packet of the frame again; a card's driver starts with the frame, and there native mode "
    "is the "
    "faster one by far. Zero copy does not exist on veth; on a card it removes the last copy. And DPDK "
    "drives a card "
    "itself, without the kernel; over veth its driver is one of the kernel's sockets.</p>\n"
    "<p>Spinning beats sleeping by more than any way beats another: choose how to wait before you choose the "
    "way "
    "around.</p>\n";

}  // namespace

std::string html_page(const std::vector<contest::Contestant>& contestants, const std::string& command) {
  const Shown shown = measured(contestants);
  std::ostringstream out;
  out << "<!doctype html>\n<html lang='en'><meta charset='utf-8'><title>Around the kernel</title><style>"
      << style
      << "</style>\n<h1>Around the kernel</h1>\n<p>64 bytes to the other end of a veth pair and back, two "
         "threads on "
         "two CPUs. Shorter is better; the axis is logarithmic. Made by <code>"
      << escaped(command) << "</code>.</p>\n";
  if (!shown.empty()) {
    write_legend(out);
    write_picture(out, shown);
    write_table(out, shown, contestants);
  }
  write_skipped(out, contestants);
  out << meaning << "</html>\n";
  return out.str();
}

}  // namespace lln::around_kernel
