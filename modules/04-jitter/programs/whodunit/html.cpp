#include "output.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <sstream>

namespace lln::whodunit {
namespace {

constexpr std::size_t lanes_shown = 12;
constexpr std::size_t slices_shown = 4000;  // the longest; the page says so
constexpr double width = 1000;
constexpr double lane_height = 22;
constexpr double left = 230;

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
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

const char* colour(jitter::CauseKind kind) {
  static constexpr std::array<const char*, 7> colours{"#c0392b", "#8e44ad", "#2471a3", "#d68910",
                                                      "#148f77", "#7e5109", "#7f8c8d"};
  return colours[static_cast<std::size_t>(kind)];
}

const char* style =
    "body{font:15px/1.5 system-ui,sans-serif;max-width:1280px;margin:2rem auto;padding:0 "
    "1rem;color:#222;background:#fff}"
    "table{border-collapse:collapse}td,th{padding:.2rem .8rem;text-align:right;border-bottom:1px solid #ddd}"
    "td:last-child,th:last-child{text-align:left}code{background:#f2f2f2;padding:.1rem .3rem}"
    "svg{width:100%;height:auto}svg text{font:12px system-ui,sans-serif;fill:#222}";

void write_table(std::ostream& out, const Findings& findings, const std::vector<std::size_t>& ranking) {
  const double seconds = std::max(findings.observed_ns * 1e-9, 1e-9);
  out << "<table><tr><th>us lost/s<th>share<th>gaps<th>longest us<th>culprit</tr>\n";
  for (const std::size_t index : ranking) {
    const jitter::Culprit& culprit = findings.attribution.culprits[index];
    out << "<tr><td>" << number("%.1f", static_cast<double>(culprit.lost_ns) * 1e-3 / seconds) << "<td>"
        << number("%.1f %%", 100 * findings.attribution.share(culprit)) << "<td>" << culprit.gaps << "<td>"
        << number("%.1f", static_cast<double>(culprit.longest_ns) * 1e-3) << "<td>"
        << escaped(to_string(culprit.cause)) << "</tr>\n";
  }
  out << "</table>\n";
}

void write_axis(std::ostream& out, double span_ns, double height) {
  for (int i = 0; i <= 10; ++i) {
    const double x = left + width * i / 10;
    out << "<line x1='" << x << "' x2='" << x << "' y1='18' y2='" << height << "' stroke='#ddd'/><text x='"
        << x << "' y='12' text-anchor='middle'>" << number("%.3g", span_ns * 1e-6 * i / 10) << " ms</text>\n";
  }
}

void write_picture(std::ostream& out, const Findings& findings, const std::vector<std::size_t>& ranking) {
  std::map<std::size_t, std::size_t> lane_of;
  for (std::size_t i = 0; i < std::min(ranking.size(), lanes_shown); ++i) lane_of[ranking[i]] = i;
  std::vector<jitter::Slice> slices;
  for (const auto& gap : findings.attribution.gaps) {
    for (const jitter::Slice& slice : gap.slices) {
      if (lane_of.contains(slice.cause)) slices.push_back(slice);
    }
  }
  const std::size_t all = slices.size();
  if (all > slices_shown) {
    std::nth_element(slices.begin(), slices.begin() + slices_shown, slices.end(),
                     [](const auto& a, const auto& b) { return a.end - a.start > b.end - b.start; });
    slices.resize(slices_shown);
  }
  const double span = std::max(findings.observed_ns, 1.0);
  const double height = 24 + lane_height * static_cast<double>(lane_of.size());
  out << "<svg viewBox='0 0 " << left + width + 20 << ' ' << height + 4
      << "' role='img' aria-label='timeline'>\n";
  write_axis(out, span, height);
  for (const auto& [cause, lane] : lane_of) {
    out << "<text x='" << left - 8 << "' y='" << 36 + lane_height * static_cast<double>(lane)
        << "' text-anchor='end'>" << escaped(to_string(findings.attribution.culprits[cause].cause))
        << "</text>\n";
  }
  for (const jitter::Slice& slice : slices) {
    const jitter::Cause& cause = findings.attribution.culprits[slice.cause].cause;
    const double start = static_cast<double>(slice.start - findings.start_ns);
    const double length = static_cast<double>(slice.end - slice.start);
    out << "<rect x='" << number("%.3f", left + width * start / span) << "' y='"
        << 24 + lane_height * static_cast<double>(lane_of[slice.cause]) << "' height='" << lane_height - 6
        << "' width='" << number("%.3f", std::max(width * length / span, 0.4)) << "' fill='"
        << colour(cause.kind) << "'><title>" << escaped(to_string(cause)) << ": "
        << number("%.1f", length * 1e-3) << " us at " << number("%.3f", start * 1e-6)
        << " ms</title></rect>\n";
  }
  out << "</svg>\n<p>" << slices.size() << " of " << all
      << " slices are drawn, the longest ones, at least 0.4 pixels wide. Point at one to read it.</p>\n";
}

}  // namespace

std::string html_page(const Case& what, const Findings& findings, const std::string& command) {
  const auto ranking = findings.attribution.ranking();
  std::ostringstream out;
  out << "<!doctype html>\n<html lang='en'><meta charset='utf-8'><title>Who took CPU " << what.cpu
      << "?</title><style>" << style << "</style>\n<h1>Who took CPU " << what.cpu << "?</h1>\n<p>"
      << number("%.2f", findings.observed_ns * 1e-9) << " s, " << findings.gaps << " gaps longer than "
      << number("%g", static_cast<double>(what.threshold.count()) * 1e-3) << " us, "
      << number("%.2f", 100 * findings.lost_ns / std::max(findings.observed_ns, 1.0))
      << " % of the time lost. Made by <code>" << escaped(command) << "</code>.</p>\n";
  write_picture(out, findings, ranking);
  write_table(out, findings, ranking);
  for (const std::string& remark : findings.remarks) out << "<p>Note: " << escaped(remark) << ".</p>\n";
  out << "</html>\n";
  return out.str();
}

}  // namespace lln::whodunit
