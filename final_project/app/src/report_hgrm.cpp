#include <lln/app/files.hpp>
#include <lln/app/report.hpp>

#include <sstream>

namespace lln::app {

void write_hgrm_files(const std::string& directory, const HandlerReport& report) {
  make_directory(directory);
  constexpr double ns_per_us = 1000.0;
  for (const Series& series : report.series) {
    std::ostringstream text;
    series.histogram.write_hgrm(text, ns_per_us);
    write_file(directory + "/" + series.name + ".hgrm", text.str());
  }
}

}  // namespace lln::app
