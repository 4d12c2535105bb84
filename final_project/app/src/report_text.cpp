#include "quantiles.hpp"
#include "text.hpp"

#include <lln/app/report.hpp>

#include <ostream>

namespace lln::app {
namespace {

constexpr int label_width = 34;

void row(std::ostream& out, const std::string& label, const std::string& value) {
  out << formatted("  %-*s", label_width, label.c_str()) << value << '\n';
}

void series_row(std::ostream& out, const std::string& label, const latency::Histogram& h) {
  out << formatted("  %-*s", label_width, label.c_str());
  for (const Quantile& q : quantiles) {
    const auto value = quantile(h, q.percentile);
    out << formatted("%10s", value ? duration_text(static_cast<double>(*value)).c_str() : "-");
  }
  out << formatted("%10s  %12s\n", h.count() == 0 ? "-" : duration_text(static_cast<double>(h.max())).c_str(),
                   grouped(h.count()).c_str());
}

void latency_table(std::ostream& out, const HandlerReport& r) {
  out << "\nLatency" << std::string(label_width - 5, ' ');
  for (const Quantile& q : quantiles) out << formatted("%10s", q.title);
  out << formatted("%10s  %12s\n", "max", "n");
  for (const Series& series : r.series) {
    if (series.name.ends_with("_gaps")) continue;
    series_row(out, series.title, series.histogram);
  }
}

void gap_rows(std::ostream& out, const HandlerReport& r) {
  for (const Series& series : r.series) {
    if (!series.name.ends_with("_gaps")) continue;
    const auto& h = series.histogram;
    if (h.count() == 0) {
      row(out, series.title, "none of 10 us or more");
      continue;
    }
    const double total = h.mean() * static_cast<double>(h.count());
    row(out, series.title,
        formatted("%s of 10 us or more, %.2f %% of the time, median %s, longest %s",
                  grouped(h.count()).c_str(), r.running_seconds > 0 ? total * 1e-7 / r.running_seconds : 0.0,
                  duration_text(static_cast<double>(h.value_at_percentile(50))).c_str(),
                  duration_text(static_cast<double>(h.max())).c_str()));
  }
}

void line_rows(std::ostream& out, const HandlerReport& r) {
  out << formatted("\n%-*s%14s%14s%14s%14s%14s\n", label_width - 10, "Line", "packets", "first copies",
                   "duplicates", "lost", "kernel drops");
  for (std::size_t i = 0; i < r.lines.size(); ++i) {
    const LineReport& line = r.lines[i];
    out << formatted("  %-*s%14s%14s%14s%14s%14s\n", label_width - 12, i == 0 ? "A" : "B",
                     grouped(line.packets).c_str(), grouped(line.first).c_str(),
                     grouped(line.duplicates).c_str(), grouped(line.lost).c_str(),
                     grouped(line.kernel_drops).c_str());
  }
}

std::string invalid_text(const HandlerReport& r) {
  std::string text = grouped(r.invalid_packets);
  std::string reasons;
  for (const Count& count : r.invalid_by_reason) {
    if (count.value == 0) continue;
    reasons += (reasons.empty() ? "" : ", ") + count.name + " " + grouped(count.value);
  }
  return reasons.empty() ? text : text + " (" + reasons + ")";
}

void feed_rows(std::ostream& out, const Outcome& outcome) {
  const HandlerReport& r = outcome.handler;
  out << "\nFeed\n";
  row(out, "gaps", grouped(r.gaps));
  row(out, "messages recovered",
      grouped(r.recovered_by_other_line) + " by the other line, " + grouped(r.recovered_by_rerequest) +
          " by re-request, " + grouped(r.recovered_by_snapshot) + " by snapshot");
  row(out, "unrecovered", grouped(r.unrecovered));
  row(out, "out of order, invalid packets", grouped(r.out_of_order) + ", " + invalid_text(r));
  if (outcome.digests) {
    row(out, "books equal to the exchange's",
        grouped(outcome.digests->symbols - std::min(outcome.digests->symbols, outcome.digests->mismatches)) +
            " of " + grouped(outcome.digests->symbols));
    for (const std::string& line : outcome.digests->first_few) out << "    " << line << '\n';
  }
}

}  // namespace

void print_report(std::ostream& out, const Outcome& outcome) {
  const HandlerReport& r = outcome.handler;
  const double rate = r.seconds > 0 ? static_cast<double>(r.messages) / r.seconds : 0.0;
  out << "\n"
      << grouped(r.messages) << " messages in " << grouped(r.packets) << " packets, "
      << formatted("%.2f s, %s messages/s", r.seconds, rate_text(rate).c_str())
      << (r.ended ? ", day ended" : ", day not ended") << '\n';
  if (r.packets > 0) {
    line_rows(out, r);
    feed_rows(out, outcome);
    latency_table(out, r);
    out << "\nDisturbances\n";
    gap_rows(out, r);
    const Series* all = find_series(r, series_kernel_rx_to_book);
    if (all != nullptr && all->histogram.count() > 0) {
      row(out, "left out as disturbed",
          formatted("%s messages, %.2f %%", grouped(r.disturbed_messages).c_str(),
                    100.0 * static_cast<double>(r.disturbed_messages) /
                        static_cast<double>(all->histogram.count())));
    }
    row(out, "page faults, preemptions",
        grouped(r.page_faults) + ", " + grouped(r.involuntary_switches) + " while running");
  }
  out << "\nProcess\n";
  row(out, "start-up, resident memory",
      formatted("%.0f ms, %.0f MB", outcome.startup_ms, static_cast<double>(outcome.resident_bytes) / 1e6));
  for (const SetupStep& step : r.setup) {
    row(out, step.name, (step.ok ? "" : "refused: ") + step.detail);
  }
  if (outcome.limit) print_limit(out, *outcome.limit);
}

void print_limit(std::ostream& out, const LimitResult& result) {
  out << "\nHighest loss-free rate\n" << formatted("%14s%14s  %s\n", "asked msg/s", "handled", "result");
  for (const LimitTrial& trial : result.trials) {
    out << formatted("%14s%14s  %s\n", grouped(static_cast<std::uint64_t>(trial.asked_rate)).c_str(),
                     grouped(static_cast<std::uint64_t>(trial.handled_rate)).c_str(),
                     trial.passed ? "ok" : trial.reason.c_str());
  }
  if (result.highest_rate > 0) {
    out << "  " << grouped(static_cast<std::uint64_t>(result.highest_rate))
        << " messages/s without loss; limited by " << result.limited_by << '\n';
  } else {
    out << "  no rate passed; " << result.limited_by << '\n';
  }
}

}  // namespace lln::app
