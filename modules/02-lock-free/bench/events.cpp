// What is raced: the contestants of each event, compiled as the course's code is; the program around it is not hot.
#include "events.hpp"

#include "contestants.hpp"
#include "many_producers.hpp"
#include "two_threads.hpp"

#include <algorithm>

namespace lln::ring_bench {
namespace {

using Small = Item<8>;
using Line = Item<64>;

template <class T>
Event single(const std::string& suffix, std::uint64_t items) {
  Event event{"single_" + suffix, "ns an item, one at a time, " + suffix, "boost", {}};
  event.contestants = {{"SlotRing", [=] { return throughput<Slot<T>, T, 1>(items); }},
                       {"SlotRing-again", [=] { return throughput<Slot<T>, T, 1>(items); }},
                       {"SpscRing", [=] { return throughput<Spsc<T>, T, 1>(items); }},
                       {"mutex", [=] { return throughput<Locked<T>, T, 1>(items / 8); }}};
#if defined(LLN_HAVE_BOOST_LOCKFREE)
  event.contestants.push_back({"boost", [=] { return throughput<Boost<T>, T, 1>(items); }});
#endif
#if defined(LLN_HAVE_READERWRITERQUEUE)
  event.contestants.push_back(
      {"readerwriterqueue", [=] { return throughput<ReaderWriter<T>, T, 1>(items / 2); }});
#endif
  return event;
}

template <class T, std::size_t batch>
Event batches(const std::string& name, const std::string& suffix, std::uint64_t items) {
  Event event{
      name + "_" + suffix, "ns an item, in batches of " + std::to_string(batch) + ", " + suffix, "boost", {}};
  event.contestants = {{"SpscRing", [=] { return throughput<Spsc<T>, T, batch>(4 * items); }},
                       {"SpscRing-again", [=] { return throughput<Spsc<T>, T, batch>(4 * items); }}};
#if defined(LLN_HAVE_BOOST_LOCKFREE)
  event.contestants.push_back({"boost", [=] { return throughput<Boost<T>, T, batch>(4 * items); }});
#endif
  return event;
}

template <class T>
Event trips(const std::string& suffix, std::uint64_t count) {
  Event event{"round_trip_" + suffix, "ns a round trip, " + suffix, "boost", {}};
  event.contestants = {{"mailbox", [=] { return mailbox_round_trip<T>(count); }},
                       {"SlotRing", [=] { return round_trip<Slot<T>, T>(count); }},
                       {"SlotRing-again", [=] { return round_trip<Slot<T>, T>(count); }},
                       {"SpscRing", [=] { return round_trip<Spsc<T>, T>(count); }},
                       {"mutex", [=] { return round_trip<Locked<T>, T>(count / 4); }}};
#if defined(LLN_HAVE_BOOST_LOCKFREE)
  event.contestants.push_back({"boost", [=] { return round_trip<Boost<T>, T>(count); }});
#endif
#if defined(LLN_HAVE_READERWRITERQUEUE)
  event.contestants.push_back({"readerwriterqueue", [=] { return round_trip<ReaderWriter<T>, T>(count); }});
#endif
  return event;
}

Event pushes(std::uint64_t each) {
  Event event{"contended_push", "ns a push, two producers at once, 8 bytes", "concurrentqueue", {}};
  event.contestants = {{"MpscQueue", [=] { return mpsc_push(each); }},
                       {"MpscQueue-again", [=] { return mpsc_push(each); }},
                       {"mutex", [=] { return locked_push(each); }}};
#if defined(LLN_HAVE_CONCURRENTQUEUE)
  event.contestants.push_back({"concurrentqueue", [=] { return concurrentqueue_push(each); }});
#endif
  return event;
}

Event alone(std::uint64_t items) {
  Event event{"uncontended", "ns a push and a pop, one thread alone, 8 bytes", "mutex", {}};
  event.contestants = {{"mutex", [=] { return uncontended<Locked<Small>, Small>(items); }},
                       {"SpscRing", [=] { return uncontended<Spsc<Small>, Small>(items); }},
                       {"SlotRing", [=] { return uncontended<Slot<Small>, Small>(items); }}};
  return event;
}

}  // namespace

std::vector<Event> make_events(const Sizes& sizes) {
  return {single<Small>("8B", sizes.items),
          single<Line>("64B", sizes.items / 2),
          batches<Small, 64>("batch", "8B", sizes.items),
          batches<Line, 64>("batch", "64B", sizes.items / 4),
          batches<Small, 16>("batch16", "8B", sizes.items),
          batches<Small, 256>("batch256", "8B", sizes.items),
          trips<Small>("8B", sizes.trips),
          trips<Line>("64B", sizes.trips),
          pushes(sizes.pushes),
          alone(sizes.items)};
}

}  // namespace lln::ring_bench
