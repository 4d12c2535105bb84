// A server that is told to stop while requests are everywhere: in the service, in sockets, in the queue of the listener. TCP on
// the loopback; the time is the test's.
#include <lln/testkit/testkit.hpp>

#include <visitor.hpp>

namespace lln::exercise {
namespace {

using testkit::Story;

// ---- in-flight ----

TEST(InFlight, IsAnswered) {
  Story story("two clients have asked, the service is at work, and the server is told to stop");
  story.notes(notes_on_shutdown).think("what has been accepted, and what is owed for it?");
  House house;
  Visitor ann(house);
  Visitor ben(house);
  ann.ask({1, 2, 3});
  ben.ask({4, 5});
  story.expect(house.turn_until_submitted(5)).is_true().named("five requests at the service");
  story.step("stop, and some turns");
  house.server->stop(1000);
  for (int i = 0; i < 3; ++i) house.server->turn(++house.now);
  story.expect(ann.heard()).equals("").named("what the client has heard");
  story.expect(house.server->stopped()).is_false().named("stopped()");
  story.step("the service answers 3 and 1");
  if (!story.ok()) return;
  house.service.answer_request(3);
  house.service.answer_request(1);
  expect_heard(story, house, ann, "30 10");
  story.step("the service answers the others");
  if (!story.ok()) return;
  house.service.answer_request(2);
  expect_heard(story, house, ann, "30 10 20 goodbye end");
  story.expect(ben.heard()).equals("").named("what the other has heard");
  house.service.answer_all();
  expect_heard(story, house, ben, "50 40 goodbye end");
  story.step("the clients end");
  if (!story.ok()) return;
  ann.close();
  ben.close();
  expect_stopped(story, house, 0);
}

TEST(InFlight, NothingIsGoodbye) {
  Story story("one client has all its answers, another one has asked nothing");
  story.notes(notes_on_shutdown);
  House house;
  Visitor ann(house);
  Visitor ben(house);
  ann.ask({7});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  house.service.answer_all();
  expect_heard(story, house, ann, "70");
  story.step("stop");
  if (!story.ok()) return;
  house.server->stop(1000);
  expect_heard(story, house, ann, "70 goodbye end");
  expect_heard(story, house, ben, "goodbye end");
  story.step("stop again, with a deadline that is over: no effect");
  if (!story.ok()) return;
  house.server->stop(-1);
  house.server->turn(++house.now);
  story.expect(house.server->stopped()).is_false().named("stopped(), while the clients have not ended");
  ann.close();
  ben.close();
  expect_stopped(story, house, 0);
}

TEST(InFlight, AClientThatHasEnded) {
  Story story("a client has asked and said no more, and waits for its answers");
  story.notes(notes_on_shutdown).think("which half of the connection has ended?");
  House house;
  Visitor ann(house);
  ann.ask({1, 2});
  ann.end();
  story.expect(house.turn_until_submitted(2)).is_true().named("two requests at the service");
  house.server->stop(1000);
  house.server->turn(++house.now);
  story.expect(house.server->stopped()).is_false().named("stopped()");
  if (!story.ok()) return;
  house.service.answer_all();
  expect_heard(story, house, ann, "20 10 goodbye end");
  expect_stopped(story, house, 0);
}

// ---- arrived ----

TEST(Arrived, InASocket) {
  Story story(
      "requests, and 3 bytes of one more, have arrived and are not read yet when the server is told to stop");
  story.notes(notes_on_shutdown).think("what does a client know, whose request lies in your kernel?");
  House house;
  Visitor ann(house);
  ann.ask({1});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  ann.ask({2, 3});
  ann.say("abc");
  house.server->stop(1000);
  house.server->turn(++house.now);
  story.expect(house.service.submitted()).equals(3U).named("the requests at the service");
  story.step("the rest of the last one arrives, and a whole one");
  if (!story.ok()) return;
  ann.say("defgh");
  ann.ask({9});
  for (int i = 0; i < 3; ++i) house.server->turn(++house.now);
  story.expect(house.service.submitted()).equals(3U).named("the requests at the service");
  house.service.answer_all();
  expect_heard(story, house, ann, "30 20 10 goodbye end");
  ann.close();
  expect_stopped(story, house, 0);
}

TEST(Arrived, InTheQueueOfTheListener) {
  Story story(
      "three clients have connected and asked, and none was accepted when the server is told to stop");
  story.notes(notes_on_shutdown)
      .think("what does close() do to connections that wait in a listener's queue?");
  House house;
  Visitor ann(house);
  Visitor ben(house);
  Visitor cleo(house);
  ann.ask({1});
  ben.ask({2, 3});
  story.expect(house.has_waiting(3)).is_true().named("three connections in the queue");
  house.server->stop(1000);
  house.server->turn(++house.now);
  story.expect(house.service.submitted()).equals(3U).named("the requests at the service");
  if (!story.ok()) return;
  house.service.answer_all();
  expect_heard(story, house, ann, "10 goodbye end");
  expect_heard(story, house, ben, "30 20 goodbye end");
  expect_heard(story, house, cleo, "goodbye end");
}

TEST(Arrived, NobodyAfterwards) {
  Story story("a client connects when the server has begun to end");
  story.notes(notes_on_shutdown)
      .think("whom does a client ask next, that is refused at once? and one that is left waiting?");
  House house;
  Visitor ann(house);
  ann.ask({1});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  house.server->stop(1000);
  house.server->turn(++house.now);
  const Visitor late(house);
  story.expect(late.error()).equals(ECONNREFUSED).named("errno of its connect");
  story.expect(house.server->stopped()).is_false().named("stopped(), while a request is in flight");
  if (!story.ok()) return;
  house.service.answer_all();
  expect_heard(story, house, ann, "10 goodbye end");
}

// ---- reset ----

TEST(Reset, NotWhileAClientGoesOn) {
  Story story("a client asks on while the server ends, and after it has heard the end");
  story.notes(notes_on_shutdown)
      .think("what does the kernel send when a socket is closed with something unread in it?");
  House house;
  Visitor ann(house);
  ann.ask({1});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  house.server->stop(1000);
  house.server->turn(++house.now);
  story.expect(ann.ask({2})).is_true().named("that a request goes through");
  house.service.answer_all();
  expect_heard(story, house, ann, "10 goodbye end");
  for (std::uint64_t i = 3; i < 6 && story.ok(); ++i) {
    story.step("it asks request " + std::to_string(i));
    story.expect(ann.ask({i})).is_true().named("that a request goes through");
    house.server->turn(++house.now);
  }
  story.expect(house.service.submitted()).equals(1U).named("the requests at the service");
  ann.close();
  expect_stopped(story, house, 0);
}

TEST(Reset, NotWithSomethingUnread) {
  Story story("200 requests come in the same moment in which the goodbye is said");
  story.notes(notes_on_shutdown);
  House house;
  Visitor ann(house);
  ann.ask({1});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  house.server->stop(1000);
  house.server->turn(++house.now);
  house.service.answer_all();
  story.expect(ann.say(std::string(1600, 'r'))).is_true().named("that they go through");
  house.server->turn(++house.now);
  story.expect(ann.say(std::string(1600, 'r'))).is_true().named("that more go through");
  expect_heard(story, house, ann, "10 goodbye end");
  story.expect(ann.ask({9})).is_true().named("that one more goes through");
  story.expect(house.service.submitted()).equals(1U).named("the requests at the service");
  ann.end();
  expect_stopped(story, house, 0);
}

// ---- deadline ----

TEST(Deadline, AClientThatNeverEnds) {
  Story story("a client has its goodbye and does not end");
  story.notes(notes_on_shutdown).think("how long can a client keep a server, that only waits for it?");
  House house;
  Visitor ann(house);
  ann.ask({1});
  story.expect(house.turn_until_submitted(1)).is_true().named("a request at the service");
  house.server->stop(1000);
  house.service.answer_all();
  expect_heard(story, house, ann, "10 goodbye end");
  house.server->turn(999);
  story.expect(house.server->stopped()).is_false().named("stopped(), 1 ms before the deadline");
  house.server->turn(1000);
  story.expect(house.server->stopped()).is_true().named("stopped(), at the deadline");
  story.expect(house.server->lost()).equals(0U).named("lost()").units("requests");
}

TEST(Deadline, AServiceThatNeverAnswers) {
  Story story("two of three requests are never answered");
  story.notes(notes_on_shutdown);
  House house;
  Visitor ann(house);
  ann.ask({1, 2, 3});
  story.expect(house.turn_until_submitted(3)).is_true().named("three requests at the service");
  house.server->stop(1000);
  house.service.answer(1);
  expect_heard(story, house, ann, "30");
  house.server->turn(5000);
  story.expect(house.server->stopped()).is_true().named("stopped(), behind the deadline");
  story.expect(house.server->lost()).equals(2U).named("lost()").units("requests");
  expect_heard(story, house, ann, "30 end");
}

TEST(Deadline, AClientThatIsGone) {
  Story story(
      "a client's connection breaks while two of its requests are in flight; another one's are answered");
  story.notes(notes_on_shutdown);
  House house;
  Visitor ann(house);
  Visitor ben(house);
  ann.ask({1, 2});
  ben.ask({3});
  story.expect(house.turn_until_submitted(3)).is_true().named("three requests at the service");
  house.server->stop(1000);
  house.server->turn(++house.now);
  ann.reset();
  static_cast<void>(house.turn_until([&] { return house.server->lost() != 0; }));
  story.expect(house.server->lost()).equals(2U).named("lost()").units("requests");
  if (!story.ok()) return;
  house.service.answer_all();
  expect_heard(story, house, ben, "30 goodbye end");
  ben.close();
  expect_stopped(story, house, 2);
}

TEST(Deadline, AClientThatDoesNotRead) {
  Story story("a client asks and asks, and does not read; another one does");
  story.notes(notes_on_shutdown)
      .think("some of its answers are in the kernel and on their way: which are lost?");
  House house;
  Visitor ann(house, 2048);
  Visitor ben(house);
  constexpr std::size_t asked = 16'000;
  std::vector<std::uint64_t> requests(500, 1);
  for (std::size_t sent = 0; sent < asked; sent += requests.size()) {
    static_cast<void>(ann.say({reinterpret_cast<const char*>(requests.data()), 8 * requests.size()}));
    static_cast<void>(house.turn_until_submitted(sent + requests.size()));
    house.service.answer_all();
  }
  ben.ask({2});
  story.expect(house.turn_until_submitted(asked + 1)).is_true().named("all requests at the service");
  house.server->stop(1000);
  house.service.answer_all();
  expect_heard(story, house, ben, "20 goodbye end");
  ben.close();
  for (int i = 0; i < 10; ++i) house.server->turn(++house.now);
  story.expect(house.server->stopped()).is_false().named("stopped()");
  house.server->turn(1000);
  story.expect(house.server->stopped()).is_true().named("stopped(), at the deadline");
  story.expect(house.server->lost()).at_least(1U).named("lost()").units("requests");
  story.step("now it reads");
  if (!story.ok()) return;
  testkit::Patience patience;
  for (std::size_t before = 0; !ann.is_over();) {
    const std::size_t now = ann.answers();
    if (!patience.step(std::exchange(before, now) != now)) break;
  }
  story.expect(ann.answers() + house.server->lost())
      .equals(asked)
      .named("its answers and what was lost")
      .units("requests");
}

}  // namespace
}  // namespace lln::exercise
