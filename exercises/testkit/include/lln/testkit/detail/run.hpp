// What this run of the test program is: its seed, and the command that repeats it.
#pragma once

#include <cstdint>
#include <string>

namespace lln::testkit::detail {

// Takes LLN_SEED, or a fresh seed. Called once by main.
void start_run(const char* program);

std::uint64_t run_seed();
void seed_was_used();

// "Seed: ..." where the running test drew random numbers, then "Rerun: <command>"; each line ends with \n.
std::string rerun_lines();

// The text that is written when the process is about to be killed (sanitizer, signal, watchdog).
void set_last_words(const std::string& text);
void write_last_words(const char* because) noexcept;  // async-signal-safe

// Reports of the sanitizers, fatal signals and the watchdog end with the story so far.
void arm_last_words();
// A program that calls exit() before its tests are over must not look like a success.
void tests_are_over();

}  // namespace lln::testkit::detail
