// What a message of the error queue says, and what it does not.
#include <control_message.hpp>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

constexpr std::uint8_t by_stamp = SO_EE_ORIGIN_TIMESTAMPING;
constexpr timespec some_time{1'700'000'000, 123'456'789};
constexpr std::int64_t some_ns = 1'700'000'000'123'456'789;

void expect_stamp(Story& story, Message& message, std::uint32_t id, Station station) {
  const std::optional<TxStamp> stamp = parse_tx(message.header());
  story.expect(stamp.has_value()).is_true().named("a stamp");
  if (!stamp) return;
  story.expect(stamp->id).equals(id).named("its packet's id");
  story.expect(static_cast<int>(stamp->station))
      .equals(static_cast<int>(station))
      .named("its station's number");
  story.expect(stamp->ns).equals(some_ns).named("its time").units("ns");
}

void expect_none(Story& story, const char* what, Message& message) {
  story.step(what);
  story.expect(parse_tx(message.header()).has_value()).is_false().named("a stamp");
}

TEST(Parse, SchedulerAndDriver) {
  Story story("a stamp of each station, for packets 7 and 4000000000");
  story.notes(notes).think("which control message has the id?");
  Message scheduler;
  scheduler.stamps(some_time).error(by_stamp, SCM_TSTAMP_SCHED, 7);
  expect_stamp(story, scheduler, 7, Station::scheduler);
  Message driver;
  driver.stamps(some_time).error(by_stamp, SCM_TSTAMP_SND, 4'000'000'000);
  expect_stamp(story, driver, 4'000'000'000, Station::driver);
}

TEST(Parse, InAnyOrder) {
  Story story("the id before the time, and another control message around them");
  story.notes(notes).think("may you stop at the first control message that you know?");
  Message message;
  message.time_to_live(64).error(by_stamp, SCM_TSTAMP_SND, 9).time_to_live(64).stamps(some_time);
  expect_stamp(story, message, 9, Station::driver);
}

TEST(Parse, WhatIsNoStampOfOurs) {
  Story story("messages of the error queue that are something else");
  story.notes(notes).think(
      "an ICMP error has ee_info 0 and ee_data 0. What are SCM_TSTAMP_SND and the first packet's id?");
  Message refused;  // it was received, so it has a stamp: of its own arrival
  refused.stamps(some_time).error(SO_EE_ORIGIN_ICMP, 0, 0);
  expect_none(story, "an ICMP error", refused);
  Message acknowledged;
  acknowledged.stamps(some_time).error(by_stamp, SCM_TSTAMP_ACK, 3);
  expect_none(story, "the acknowledgement of TCP", acknowledged);
  Message hardware;
  hardware.stamps({}, some_time).error(by_stamp, SCM_TSTAMP_SND, 3);
  expect_none(story, "a stamp of the hardware only", hardware);
  Message no_time;
  no_time.error(by_stamp, SCM_TSTAMP_SND, 3);
  expect_none(story, "an id without time", no_time);
  Message no_id;
  no_id.stamps(some_time);
  expect_none(story, "a time without id", no_id);
  Message empty;
  expect_none(story, "no control message", empty);
}

TEST(Parse, OfAReceivedOne) {
  Story story("received messages: stamped, stamped by the hardware only, not stamped");
  story.notes(notes);
  Message stamped;
  stamped.time_to_live(64).stamps(some_time, {5, 5});
  story.expect(parse_rx(stamped.header())).equals(some_ns).named("the stamp").units("ns");
  Message hardware;
  hardware.stamps({}, some_time);
  story.expect(parse_rx(hardware.header())).equals(0).named("the stamp").units("ns");
  Message none;
  none.time_to_live(64);
  story.expect(parse_rx(none.header())).equals(0).named("the stamp").units("ns");
}

}  // namespace
