#include "output.hpp"

#include <cstdio>
#include <memory>
#include <ostream>
#include <sstream>

namespace lln::jitter_program {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) result += c == '\'' ? "''" : std::string(1, c);
  return result + "'";
}

}  // namespace

std::string plot_script(const Plan& plan, const std::vector<Cell>& cells, const std::string& picture) {
  std::ostringstream out;
  std::vector<const Cell*> shown;
  for (const Cell& cell : cells) {
    if (cell.values.count() > 0) shown.push_back(&cell);
  }
  out << "set terminal svg size 900," << (plan.sleep ? 420 : 800) << " dynamic background '#ffffff'\n"
      << "set output " << quoted(picture) << "\nset grid\nset logscale y\nset key outside right noenhanced\n";
  for (std::size_t i = 0; i < shown.size(); ++i) {
    out << "$curve" << i << " << EOD\n";
    for (double left = 1; left > 1e-7; left /= 1.3) {  // the share of values that are longer
      if (static_cast<double>(shown[i]->values.count()) * left < 1) break;
      out << left << ' ' << static_cast<double>(shown[i]->values.value_at_percentile(100 * (1 - left))) * 1e-3
          << '\n';
    }
    out << "EOD\n$events" << i << " << EOD\n";
    for (const Cell::Event& event : shown[i]->timeline) out << event.at_s << ' ' << event.length_us << '\n';
    out << "EOD\n";
  }
  const auto plots = [&](const char* data, const char* style) {
    out << "plot ";
    for (std::size_t i = 0; i < shown.size(); ++i)
      out << (i == 0 ? "" : ", ") << data << i << " " << style << " title " << quoted(shown[i]->name());
    out << '\n';
  };
  if (shown.empty()) return "";
  if (!plan.sleep) out << "set multiplot layout 2,1\n";
  out << "set title 'how long, and what share is longer'\nset ylabel 'us'\n"
      << "set xlabel 'share that is longer'\nset logscale x\nset xrange [*:*] reverse\n";
  plots("$curve", "with steps");
  if (!plan.sleep) {
    out << "set title 'when'\nunset logscale x\nset xrange [0:*] noreverse\nset xlabel 'seconds of its own "
           "turns'\n";
    plots("$events", "with points pt 7 ps 0.3");
    out << "unset multiplot\n";
  }
  return out.str();
}

bool plot(std::ostream& problems, const std::string& script) {
  if (script.empty()) {
    problems << "no picture: nothing to draw\n";
    return false;
  }
  if (std::system("command -v gnuplot >/dev/null 2>&1") != 0) {
    problems << "no picture: gnuplot is not installed (sudo apt-get install gnuplot-nox)\n";
    return false;
  }
  FILE* const pipe = ::popen("gnuplot", "w");
  if (pipe == nullptr) {
    problems << "no picture: gnuplot does not start\n";
    return false;
  }
  std::fwrite(script.data(), 1, script.size(), pipe);
  if (::pclose(pipe) != 0) {
    problems << "no picture: gnuplot failed\n";
    return false;
  }
  return true;
}

}  // namespace lln::jitter_program
