// Applying and undoing on a system that refuses and crashes where the test wants it.
#include <lln/testkit/testkit.hpp>

#include <undo_journal.hpp>

#include <map>

namespace journal_test {
namespace {

using lln::exercise::Item;
using lln::exercise::System;
using lln::exercise::Verdict;
using lln::testkit::Story;

constexpr const char* notes = "modules/04-jitter/README.md#configuring-the-system";

struct Crash {};

// Settings in memory. The operation number `crash_at` is the last: it is done, or half done (appending), or not done.
class FakeSystem : public System {
 public:
  enum class How { before, half, after };
  using Settings = std::map<std::string, std::string>;

  std::string read(const std::string& path) override {
    begin("read " + path);
    check(path);
    return settings[path];
  }
  void write(const std::string& path, const std::string& value) override {
    begin("write " + path + ' ' + value);
    if (dead_) return;
    if (crashes() && how != How::after) crash();
    check(path);
    settings[path] = value;
    if (crashes()) crash();
  }
  std::string journal() override {
    begin("journal");
    return text;
  }
  void append_to_journal(const std::string& line) override {
    begin("append");
    if (dead_) return;
    if (crashes() && how == How::before) crash();
    text += crashes() && how == How::half ? line.substr(0, line.size() - 1) : line;
    if (crashes()) crash();
  }
  void cut_journal(std::size_t size) override {
    begin("cut");
    if (dead_) return;
    if (crashes() && how != How::after) crash();
    text.resize(size);
    if (crashes()) crash();
  }

  void boot(int next_crash = 0, How next_how = How::before) {
    operations = 0;
    dead_ = false;
    done.clear();
    crash_at = next_crash;
    how = next_how;
  }

  Settings settings;
  std::string text;  // of the journal
  std::string refused;
  std::vector<std::string> done;
  int operations = 0;
  int crash_at = 0;
  How how = How::before;

 private:
  void begin(const std::string& what) {
    ++operations;
    done.push_back(what);
  }
  bool crashes() const { return operations == crash_at; }
  [[noreturn]] void crash() {
    dead_ = true;  // destructors on the way out change nothing any more
    throw Crash{};
  }
  void check(const std::string& path) const {
    if (path == refused) throw std::system_error(EACCES, std::generic_category(), "write " + path);
    if (!settings.contains(path)) throw std::system_error(ENOENT, std::generic_category(), "open " + path);
  }

  bool dead_ = false;
};

FakeSystem machine() {
  FakeSystem system;
  system.settings = {{"/a", "1"}, {"/b", "0,1"}, {"/c", "950000"}, {"/d", ""}};
  return system;
}

Item change(const std::string& setting, const std::string& advised) {
  return {setting, '/' + setting, "?", advised, Verdict::change, "because"};
}

std::vector<Item> plan() {
  return {change("a", "2"),
          change("b", "0"),
          change("d", "full"),
          change("c", "-1"),
          {"e", "/e", "", "", Verdict::absent, "because"},
          {"f", "/a", "1", "9", Verdict::refuse, "danger"}};
}
const std::vector<std::string> all{"a", "b", "c", "d"};

std::string told(const FakeSystem::Settings& settings) {
  std::string text;
  for (const auto& [path, value] : settings) text += path + '=' + value + ' ';
  return text;
}
std::string told(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + "; ";
  return text;
}

// ---- journal ----

TEST(Journal, ComesBeforeTheChange) {
  Story story("two settings are applied");
  story.notes(notes).think("the power fails between the change and the line: who knows the old value then?");
  FakeSystem system = machine();
  apply(system, plan(), {"a", "b"});
  std::vector<std::string> writing;
  for (const std::string& operation : system.done) {
    if (operation == "append" || operation.starts_with("write")) writing.push_back(operation);
  }
  story.expect(told(writing)).equals("append; write /a 2; append; write /b 0; ").named("what was written");
  story.expect(system.text).equals("/a\t1\t2\n/b\t0,1\t0\n").named("the journal");
}

TEST(Journal, OnlyWhatIsNamed) {
  Story story("one setting is named, another is absent, and the plan has more");
  story.notes(notes);
  FakeSystem system = machine();
  apply(system, plan(), {"c", "e"});
  story.expect(told(system.settings)).equals("/a=1 /b=0,1 /c=-1 /d= ").named("the settings");
  story.expect(system.text).equals("/c\t950000\t-1\n").named("the journal");
}

TEST(Journal, InThePlansOrder) {
  Story story("the user names c before a; the plan has them the other way");
  story.notes(notes).think("why does the plan have an order?");
  FakeSystem system = machine();
  apply(system, plan(), {"c", "a"});
  story.expect(system.text).equals("/a\t1\t2\n/c\t950000\t-1\n").named("the journal");
}

TEST(Journal, WhatIsThereAlreadyIsNoChange) {
  Story story("somebody has set a and b since the plan was made: a as advised, b otherwise");
  story.notes(notes).think("whose value does the journal have to remember: the plan's or the system's?");
  FakeSystem system = machine();
  system.settings["/a"] = "2";
  system.settings["/b"] = "1";
  apply(system, plan(), {"a", "b"});
  story.expect(system.text).equals("/b\t1\t0\n").named("the journal");
}

TEST(Journal, NothingHappensWhenAnythingIsRefused) {
  Story story("a is named, and something that must not be applied");
  story.notes(notes).think("at what point do you know that all names are good?");
  for (const char* name : {"f", "no such setting"}) {
    FakeSystem system = machine();
    story.step(std::string("a and ") + name);
    bool refused = false;
    try {
      apply(system, plan(), {"a", name});
    } catch (const std::invalid_argument&) {
      refused = true;
    }
    story.expect(refused).is_true().named("std::invalid_argument was thrown");
    story.expect(told(system.settings)).equals(told(machine().settings)).named("the settings");
    story.expect(system.text).equals("").named("the journal");
  }
}

TEST(Journal, IsNotBegunTwice) {
  Story story("a second apply before an undo");
  story.notes(notes);
  FakeSystem system = machine();
  apply(system, plan(), {"a"});
  bool refused = false;
  try {
    apply(system, plan(), {"b"});
  } catch (const std::invalid_argument&) {
  } catch (const std::logic_error&) {
    refused = true;
  }
  story.expect(refused).is_true().named("std::logic_error was thrown");
  story.expect(told(system.settings)).equals("/a=2 /b=0,1 /c=950000 /d= ").named("the settings");
}

// ---- undo ----

void expect_undone(Story& story, FakeSystem& system, const std::string& wanted_settings,
                   const std::string& wanted_left) {
  const std::vector<std::string> left = undo(system);
  story.expect(told(system.settings)).equals(wanted_settings).named("the settings");
  story.expect(told(left)).equals(wanted_left).named("the answer");
  story.expect(system.text).equals("").named("the journal");
}

TEST(Undo, LastFirst) {
  Story story("a and b were changed, then a once more");
  story.notes(notes).think("which line of a has the value that was there at the very beginning?");
  FakeSystem system = machine();
  apply(system, {change("a", "2"), change("b", "0"), change("a", "3")}, {"a", "b"});
  story.expect(told(system.settings)).equals("/a=3 /b=0 /c=950000 /d= ").named("the settings");
  system.boot();
  expect_undone(story, system, told(machine().settings), "");
  std::vector<std::string> writing;
  for (const std::string& operation : system.done) {
    if (operation.starts_with("write")) writing.push_back(operation);
  }
  story.expect(told(writing)).equals("write /a 2; write /b 0,1; write /a 1; ").named("what was written");
}

TEST(Undo, AgainDoesNothing) {
  Story story("undo, and undo again");
  story.notes(notes);
  FakeSystem system = machine();
  apply(system, plan(), all);
  expect_undone(story, system, told(machine().settings), "");
  story.step("somebody changes a; undo again");
  system.settings["/a"] = "2";
  expect_undone(story, system, "/a=2 /b=0,1 /c=950000 /d= ", "");
}

TEST(Undo, LeavesAloneWhatIsNotOurs) {
  Story story("b was changed by us and then by somebody else");
  story.notes(notes).think("how can you know that the value which you find is the one that you wrote?");
  FakeSystem system = machine();
  apply(system, plan(), all);
  system.settings["/b"] = "1";
  expect_undone(story, system, "/a=1 /b=1 /c=950000 /d= ", "/b; ");
}

TEST(Undo, ARefusalDoesNotStopIt) {
  Story story("the kernel refuses to write b; the file of c has gone");
  story.notes(notes);
  FakeSystem system = machine();
  apply(system, plan(), all);
  system.refused = "/b";
  system.settings.erase("/c");
  expect_undone(story, system, "/a=1 /b=0 /d= ", "/c; /b; ");
}

TEST(Undo, AfterAChangeThatWasRefused) {
  Story story("the kernel refuses the third change");
  story.notes(notes);
  FakeSystem system = machine();
  bool told_so = false;
  try {
    std::vector<Item> items = plan();
    items[2].path = "/nowhere";
    apply(system, items, all);
  } catch (const std::system_error&) {
    told_so = true;
  }
  story.expect(told_so).is_true().named("std::system_error came through");
  story.expect(told(system.settings)).equals("/a=2 /b=0 /c=950000 /d= ").named("the settings");
  story.step("undo");
  expect_undone(story, system, told(machine().settings), "");
}

TEST(Undo, ATornLineIsNoLine) {
  Story story(
      "the journal ends in the middle of a line, which would name the right value of another setting");
  story.notes(notes).think("what tells a whole line from the beginning of one?");
  FakeSystem system = machine();
  system.settings["/a"] = "2";
  system.text = "/a\t1\t2\n/c\t9\t950000";  // of "/c 9 9500001", say
  expect_undone(story, system, told(machine().settings), "");
}

// ---- crash ----

using How = FakeSystem::How;

TEST(Crashes, AnywhereInApply) {
  Story story("a crash at each operation of apply: before it, half way, after it; then undo");
  story.notes(notes).think("what does the journal say at that moment, and what does the setting say?");
  int crashes = 0;
  for (const How how : {How::before, How::half, How::after}) {
    for (int at = 1; at < 100; ++at) {
      FakeSystem system = machine();
      system.boot(at, how);
      bool crashed = false;
      try {
        apply(system, plan(), all);
      } catch (const Crash&) {
        crashed = true;
      }
      if (system.operations < at) break;
      crashes += crashed;
      if (!story.ok()) return;
      story.step("crash at operation " + std::to_string(at) + " (" + system.done.back() + "), undo");
      system.boot();
      expect_undone(story, system, told(machine().settings), "");
    }
  }
  story.expect(crashes).at_least(24).named("crashes");
}

TEST(Crashes, AnywhereInUndo) {
  Story story("a crash at each operation of undo, and at each of the undo after it");
  story.notes(notes).think("is undoing a change that is undone already harmless?");
  int crashes = 0;
  const std::vector<Item> items{change("a", "2"), change("b", "0"), change("a", "3"), change("a", "1"),
                                change("c", "-1")};
  for (const How how : {How::before, How::after}) {
    for (int first = 1; first < 100; ++first) {
      for (int second = 1; second < 100; ++second) {
        FakeSystem system = machine();
        apply(system, items, {"a", "b", "c"});
        const auto crash_in_undo = [&](int at) {
          system.boot(at, how);
          try {
            static_cast<void>(undo(system));
          } catch (const Crash&) {
            ++crashes;
          }
          return system.operations >= at;
        };
        if (!crash_in_undo(first)) first = 100;
        if (!crash_in_undo(second)) second = 100;
        if (!story.ok()) return;
        if (first < 100) story.step("crash at operation " + std::to_string(first) + ", undo, undo");
        system.boot();
        expect_undone(story, system, told(machine().settings), "");
      }
    }
  }
  story.expect(crashes).at_least(100).named("crashes");
}

}  // namespace
}  // namespace journal_test
