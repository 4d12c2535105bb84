// How the consumers' programs wait for a publisher.
#pragma once

#include <lln/publishing/subscriber.hpp>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

namespace lln::publishing {

/// The publisher of this name; `wait`: once there is one that lives. nullptr: stopped before. Throws what the Subscriber
/// throws.
inline std::unique_ptr<Subscriber> subscribe(const std::string& name, bool wait,
                                             const std::atomic<bool>& stop) {
  using namespace std::chrono_literals;
  // The file appears whole, so that it is there or not.
  while (!stop) {
    if (!wait || std::filesystem::exists("/dev/shm/lln-" + name)) {
      auto subscriber = std::make_unique<Subscriber>(name);
      if (!wait || subscriber->publisher() != PublisherLife::silent) return subscriber;
    }
    std::this_thread::sleep_for(5ms);
  }
  return nullptr;
}

}  // namespace lln::publishing
