// A program that is killed in the middle of a test still tells the story up to that point: on a sanitizer's
// report, a fatal signal, the watchdog (LLN_TIMEOUT_S), or a call of exit().
#include <lln/testkit/detail/run.hpp>

#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define LLN_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define LLN_SANITIZED 1
#endif
#endif

#if defined(LLN_SANITIZED)
extern "C" {
void __sanitizer_set_death_callback(void (*callback)());
// The first report ends the run: what follows it is noise, and the story is told where it happened.
const char* __asan_default_options();
const char* __tsan_default_options();
const char* __ubsan_default_options();
const char* __asan_default_options() { return "detect_stack_use_after_return=1"; }
const char* __tsan_default_options() { return "halt_on_error=1:report_signal_unsafe=0"; }
const char* __ubsan_default_options() { return "print_stacktrace=1:halt_on_error=1"; }
}
#endif

namespace lln::testkit::detail {
namespace {

constexpr int ended_early = 3;
constexpr int not_in_time = 4;

// Two buffers: one is shown while the other is being written.
std::array<std::array<char, 4096>, 2> words{};
std::atomic<unsigned> shown{0};
std::atomic<pid_t> testing_process{0};
char seconds_text[32] = "its time";

void write_out(const char* text) noexcept {
  for (std::size_t left = std::strlen(text); left > 0;) {
    const ssize_t done = ::write(STDERR_FILENO, text, left);
    if (done <= 0) return;
    text += done;
    left -= static_cast<std::size_t>(done);
  }
}

void on_watchdog(int) {
  write_out("\nThe test did not end within ");
  write_out(seconds_text);
  write_out(" s.\n");
  write_last_words("did not end");
  _exit(not_in_time);
}

void on_fatal_signal(int signal) {
  write_out("\nThe test was ended by a fatal signal: ");
  write_out(signal == SIGSEGV  ? "SIGSEGV, an access to memory that it does not have"
            : signal == SIGBUS ? "SIGBUS, an access to memory that is not there"
            : signal == SIGFPE ? "SIGFPE, a division by zero"
            : signal == SIGILL ? "SIGILL, an illegal instruction"
                               : "SIGABRT, abort() or an uncaught exception");
  write_out(".\n");
  write_last_words("ended by the signal");
  ::signal(signal, SIG_DFL);
  ::raise(signal);
}

#if defined(LLN_SANITIZED)
void on_sanitizer_report() { write_last_words("ended by the report above"); }
#endif

void start_watchdog() {
  const char* const given = std::getenv("LLN_TIMEOUT_S");
  const long seconds = given == nullptr ? 0 : std::strtol(given, nullptr, 10);
  if (seconds <= 0) return;
  std::strncpy(seconds_text, given, sizeof seconds_text - 1);
  const int number = SIGRTMAX - 1;
  ::signal(number, on_watchdog);
  sigevent event{};
  event.sigev_notify = SIGEV_SIGNAL;
  event.sigev_signo = number;
  timer_t timer{};
  if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0) return;
  itimerspec when{};
  when.it_value.tv_sec = seconds;
  timer_settime(timer, 0, &when, nullptr);
}

void at_exit() {
  if (testing_process.load() != ::getpid()) return;  // over, or a child that a test has made
  write_out("\nThe program ended by exit() before its tests were over.\n");
  write_last_words("ended by exit()");
  _exit(ended_early);
}

// Before all other initialisers: code under test may call exit() in one of them.
[[gnu::constructor(101)]] void watch_for_exit() {
  testing_process = ::getpid();
  std::atexit(at_exit);
}

}  // namespace

void set_last_words(const std::string& text) {
  const unsigned other = 1 - shown.load(std::memory_order_relaxed);
  const std::size_t length = std::min(text.size(), words[other].size() - 1);
  std::memcpy(words[other].data(), text.data(), length);
  words[other][length] = '\0';
  shown.store(other, std::memory_order_release);
}

void write_last_words(const char* because) noexcept {
  const char* text = words[shown.load(std::memory_order_acquire)].data();
  if (*text == '\0') return;
  // A '\1' stands where the reason goes.
  for (const char* mark = std::strchr(text, '\1'); mark != nullptr; mark = std::strchr(text, '\1')) {
    const ssize_t written = ::write(STDERR_FILENO, text, static_cast<std::size_t>(mark - text));
    if (written < 0) return;
    write_out(because);
    text = mark + 1;
  }
  write_out(text);
}

void arm_last_words() {
#if defined(LLN_SANITIZED)
  __sanitizer_set_death_callback(on_sanitizer_report);
  const std::array mine{SIGABRT};  // the sanitizer reports the others itself
#else
  const std::array mine{SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
#endif
  for (const int number : mine) {
    struct sigaction action {};
    action.sa_handler = on_fatal_signal;
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
    sigaction(number, &action, nullptr);
  }
  // The first call looks up libc's own write, which must not happen in a signal handler.
  [[maybe_unused]] const ssize_t ready = ::write(STDERR_FILENO, "", 0);
  start_watchdog();
}

void tests_are_over() { testing_process = 0; }

}  // namespace lln::testkit::detail
