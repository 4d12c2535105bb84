#include <lln/testkit/threads.hpp>

#include <atomic>
#include <cstddef>
#include <exception>
#include <thread>

namespace lln::testkit {

void run_together(const std::vector<std::function<void()>>& functions) {
  std::atomic<std::size_t> missing{functions.size()};
  std::vector<std::exception_ptr> thrown(functions.size());
  {
    std::vector<std::jthread> threads;
    threads.reserve(functions.size());
    for (std::size_t i = 0; i < functions.size(); ++i) {
      threads.emplace_back([&missing, &function = functions[i], &exception = thrown[i]] {
        // Yielding, not sleeping: a sleeper that is woken starts tens of microseconds after the one who woke it.
        missing.fetch_sub(1, std::memory_order_acq_rel);
        while (missing.load(std::memory_order_acquire) != 0) std::this_thread::yield();
        try {
          function();
        } catch (...) {
          exception = std::current_exception();
        }
      });
    }
  }
  for (const std::exception_ptr& exception : thrown) {
    if (exception) std::rethrow_exception(exception);
  }
}

}  // namespace lln::testkit
