#include "output.hpp"

#include <cstdio>
#include <ostream>
#include <string>

namespace lln::impair {
namespace {

template <class... Arguments>
std::string text(const char* format, Arguments... arguments) {
  char buffer[256];
  std::snprintf(buffer, sizeof buffer, format, arguments...);
  return buffer;
}

double ms(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) * 1e-6; }
auto number(std::uint64_t value) { return static_cast<unsigned long long>(value); }

void print_direction(std::ostream& out, const char* name, const net::ImpairmentRelay::Direction& direction) {
  const auto& fates = direction.fates;
  out << text("%-9s %8llu in, %llu lost, %llu found the queue full, %llu doubled, %llu held back; %llu out",
              name, number(fates.packets), number(fates.lost), number(fates.queue_full),
              number(fates.duplicated), number(fates.held_back), number(direction.sent));
  if (direction.refused > 0) out << text(", %llu refused by the kernel", number(direction.refused));
  if (direction.too_many > 0) out << text(", %llu too many at a time", number(direction.too_many));
  if (direction.too_long > 0) out << text(", %llu too long", number(direction.too_long));
  out << '\n';
  if (const auto& late = direction.lateness_ns; late.count() > 0)
    out << text("%-9s later than due: median %.3f ms, 99 %% within %.3f ms, worst %.3f ms\n", "",
                static_cast<double>(late.value_at_percentile(50)) * 1e-6,
                static_cast<double>(late.value_at_percentile(99)) * 1e-6,
                static_cast<double>(late.max()) * 1e-6);
}

}  // namespace

void print_plan(std::ostream& out, const net::Impairment::Options& options, int count, std::size_t bytes,
                std::chrono::nanoseconds interval) {
  net::Impairment impairment(options);
  out << text("%8s %12s  %s\n", "packet", "in, ms", "what happens to it");
  for (int i = 0; i < count; ++i) {
    const auto fate = impairment.decide(i * interval, bytes);
    out << text("%8d %12.3f  ", i, ms(i * interval));
    if (fate.loss == net::Impairment::Loss::random) {
      out << "lost";
    } else if (fate.loss == net::Impairment::Loss::queue) {
      out << "dropped, the queue is full";
    } else {
      out << text("out at %.3f ms", ms(fate.due));
      if (fate.copies == 2) out << ", twice";
      if (fate.held_back) out << ", held back";
    }
    out << '\n';
  }
}

void print_report(std::ostream& out, const net::ImpairmentRelay::Report& report) {
  print_direction(out, "forward", report.forward);
  print_direction(out, "backward", report.backward);
  out << report.clients << (report.clients == 1 ? " client" : " clients");
  if (report.not_served > 0) out << "; " << report.not_served << " datagrams of further ones not served";
  out << '\n';
}

}  // namespace lln::impair
