// Whose stamp it is, and what the packets of a journal took.
#include <lln/testkit/allocations.hpp>

#include <control_message.hpp>

namespace {

using namespace lln::exercise;
using namespace lln::exercise::test;

constexpr std::array<Station, stations> all{Station::app_send, Station::scheduler, Station::driver,
                                            Station::receive, Station::app_receive};

// Stamps of all stations, from the first one on; 0 leaves one out.
void note_all(Journal& journal, std::uint32_t id, const std::array<std::int64_t, stations>& ns) {
  for (std::size_t i = 0; i < stations; ++i) journal.note(id, all[i], ns[i]);
}

void expect_packet(Story& story, const Journal& journal, std::uint32_t id,
                   const std::array<std::int64_t, stations>& ns,
                   std::source_location where = std::source_location::current()) {
  const std::optional<Packet> packet = journal.find(id);
  const std::string name = "packet " + std::to_string(id);
  story.expect(packet.has_value(), where).is_true().named(name);
  if (!packet) return;
  story.expect(packet->id, where).equals(id).named("the id of " + name);
  for (std::size_t i = 0; i < stations; ++i)
    story.expect(packet->ns[i], where)
        .equals(ns[i])
        .named(name + ", station " + std::to_string(i))
        .units("ns");
}

void expect_forgotten(Story& story, const Journal& journal, std::uint32_t id,
                      std::source_location where = std::source_location::current()) {
  story.expect(journal.find(id).has_value(), where)
      .is_false()
      .named("packet " + std::to_string(id) + " is known");
}

TEST(Matching, StampsInAnyOrder) {
  Story story("the stamps of two packets, mixed");
  story.notes(notes);
  Journal journal(8);
  journal.note(1, Station::receive, 40);
  journal.note(0, Station::driver, 30);
  journal.note(1, Station::app_send, 15);
  journal.note(0, Station::app_send, 10);
  journal.note(0, Station::scheduler, 20);
  expect_packet(story, journal, 0, {10, 20, 30, 0, 0});
  expect_packet(story, journal, 1, {15, 0, 0, 40, 0});
  expect_forgotten(story, journal, 2);
}

TEST(Matching, TheFirstStampOfAStationStays) {
  Story story("a station stamps twice; another one has no stamp to give");
  story.notes(notes).think("what does a second stamp of a station tell about the first passage?");
  Journal journal(8);
  journal.note(5, Station::driver, 0);
  expect_forgotten(story, journal, 5);
  journal.note(5, Station::driver, 30);
  journal.note(5, Station::driver, 99);
  journal.note(5, Station::driver, 0);
  expect_packet(story, journal, 5, {0, 0, 30, 0, 0});
}

TEST(Matching, OldPacketsAreForgotten) {
  Story story("room for 4; packets 0 to 5; then a late stamp of packet 1");
  story.notes(notes).think("packets 1 and 5 share a place. Whose stamp is it?");
  Journal journal(4);
  for (std::uint32_t id = 0; id < 6; ++id) journal.note(id, Station::app_send, 10 + id);
  journal.note(1, Station::driver, 77);
  for (const std::uint32_t id : {0U, 1U}) expect_forgotten(story, journal, id);
  for (const std::uint32_t id : {2U, 3U, 4U, 5U}) expect_packet(story, journal, id, {10 + id, 0, 0, 0, 0});
}

TEST(Matching, IdsWrap) {
  Story story("room for 4; packets 4294967293 to 4294967295, then 0 to 2");
  story.notes(notes).think("which is newer: 4294967295 or 0?");
  Journal journal(4);
  std::uint32_t id = 4'294'967'293;
  for (std::int64_t i = 0; i < 6; ++i) journal.note(id++, Station::app_send, 100 + i);
  journal.note(4'294'967'293, Station::driver, 77);
  journal.note(4'294'967'295, Station::driver, 55);
  for (const std::uint32_t old : {4'294'967'293U, 4'294'967'294U}) expect_forgotten(story, journal, old);
  expect_packet(story, journal, 4'294'967'295, {102, 0, 55, 0, 0});
  for (const std::uint32_t young : {0U, 1U, 2U})
    expect_packet(story, journal, young, {103 + young, 0, 0, 0, 0});
}

TEST(Matching, IdsWrapWhereTheRoomDoesNot) {
  Story story("room for 5; packets 4294967293 to 4294967295, then 0 and 1");
  story.notes(notes).think("what is 4294967295 modulo 5, and what is 0?");
  Journal journal(5);
  std::uint32_t id = 4'294'967'293;
  for (std::int64_t i = 0; i < 5; ++i) journal.note(id++, Station::app_send, 100 + i);
  id = 4'294'967'293;
  for (std::int64_t i = 0; i < 5; ++i) expect_packet(story, journal, id++, {100 + i, 0, 0, 0, 0});
}

TEST(Matching, NoAllocation) {
  Story story("1000 packets of 5 stamps, room for 100");
  story.notes(notes);
  Journal journal(100);
  const lln::testkit::AllocationCounter count;
  for (std::uint32_t id = 0; id < 1000; ++id) note_all(journal, id, {id + 1, id + 2, id + 3, id + 4, id + 5});
  const std::uint64_t allocations = count.allocations();
  story.expect(allocations).equals(0U).named("allocations");
  expect_packet(story, journal, 999, {1000, 1001, 1002, 1003, 1004});
}

// ---- report ----

struct Wanted {
  std::uint64_t packets, missing, backwards;
  std::int64_t least, median, most;
};

void expect_leg(Story& story, const char* name, const Leg& leg, const Wanted& wanted,
                std::source_location where = std::source_location::current()) {
  const std::string of = std::string(" of the leg ") + name;
  story.expect(leg.packets, where).equals(wanted.packets).named("packets" + of);
  story.expect(leg.missing, where).equals(wanted.missing).named("packets without a stamp" + of);
  story.expect(leg.backwards, where).equals(wanted.backwards).named("packets that went backwards" + of);
  story.expect(leg.least, where).equals(wanted.least).named("the least" + of).units("ns");
  story.expect(leg.median, where).equals(wanted.median).named("the median" + of).units("ns");
  story.expect(leg.most, where).equals(wanted.most).named("the most" + of).units("ns");
}

TEST(Report, EveryLegOfEveryPacket) {
  Story story("four packets with all stamps");
  story.notes(notes);
  Journal journal(8);
  note_all(journal, 0, {1000, 1005, 1025, 1125, 1525});
  note_all(journal, 1, {2000, 2007, 2017, 2117, 2217});
  note_all(journal, 2, {3000, 3001, 3031, 3041, 4041});
  note_all(journal, 3, {5000, 5009, 5049, 5549, 5550});
  const Report report = journal.report();
  story.expect(report.packets).equals(4U).named("packets");
  expect_leg(story, "app to scheduler", report.legs[0], {4, 0, 0, 1, 5, 9});
  expect_leg(story, "scheduler to driver", report.legs[1], {4, 0, 0, 10, 20, 40});
  expect_leg(story, "driver to receive", report.legs[2], {4, 0, 0, 10, 100, 500});
  expect_leg(story, "receive to app", report.legs[3], {4, 0, 0, 1, 100, 1000});
  expect_leg(story, "app to app", report.whole, {4, 0, 0, 217, 525, 1041});
}

TEST(Report, StampsThatAreMissing) {
  Story story("three packets: one lost behind the driver, one that nobody stamped on receipt, one whole");
  story.notes(notes).think("what is the distance from a stamp that is there to one that is not?");
  Journal journal(8);
  note_all(journal, 0, {1000, 1010, 1030, 0, 0});
  note_all(journal, 1, {2000, 2020, 2050, 0, 2100});
  note_all(journal, 2, {3000, 3030, 3070, 3080, 3200});
  const Report report = journal.report();
  story.expect(report.packets).equals(3U).named("packets");
  expect_leg(story, "app to scheduler", report.legs[0], {3, 0, 0, 10, 20, 30});
  expect_leg(story, "driver to receive", report.legs[2], {1, 2, 0, 10, 10, 10});
  expect_leg(story, "receive to app", report.legs[3], {1, 2, 0, 120, 120, 120});
  expect_leg(story, "app to app", report.whole, {2, 1, 0, 100, 100, 200});
}

TEST(Report, AClockThatWasSetBack) {
  Story story("the clock is set back by 500 ns between driver and receive of the first packet");
  story.notes(notes).think("which of its legs can still be told?");
  Journal journal(8);
  note_all(journal, 0, {1000, 1010, 1030, 550, 580});
  note_all(journal, 1, {2000, 2020, 2050, 2050, 2100});
  const Report report = journal.report();
  expect_leg(story, "scheduler to driver", report.legs[1], {2, 0, 0, 20, 20, 30});
  expect_leg(story, "driver to receive", report.legs[2], {1, 0, 1, 0, 0, 0});
  expect_leg(story, "receive to app", report.legs[3], {2, 0, 0, 30, 30, 50});
  expect_leg(story, "app to app", report.whole, {1, 0, 1, 100, 100, 100});
}

TEST(Report, OfNothing) {
  Story story("no packet; then packets of which the oldest are forgotten");
  story.notes(notes);
  Journal journal(2);
  Report report = journal.report();
  story.expect(report.packets).equals(0U).named("packets");
  expect_leg(story, "app to app", report.whole, {0, 0, 0, 0, 0, 0});
  story.step("three packets, room for two");
  note_all(journal, 0, {1000, 1001, 1002, 1003, 9999});
  note_all(journal, 1, {2000, 2001, 2002, 2003, 2004});
  note_all(journal, 2, {3000, 3001, 3002, 3003, 3006});
  report = journal.report();
  story.expect(report.packets).equals(2U).named("packets");
  expect_leg(story, "app to app", report.whole, {2, 0, 0, 4, 4, 6});
}

}  // namespace
