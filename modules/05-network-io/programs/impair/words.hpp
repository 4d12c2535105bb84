// What people write for shares, times and rates.
#pragma once

#include <chrono>
#include <string>

namespace lln::impair {

// Each throws std::invalid_argument with the text and an example.
double parse_share(const std::string& text);                   // "5%", "0.05"
std::chrono::nanoseconds parse_time(const std::string& text);  // "20ms", "150us", "1.5s", "300ns"
double parse_rate(const std::string& text);  // "10mbit", "1gbit", "64kbit", "9600bit": a second

}  // namespace lln::impair
