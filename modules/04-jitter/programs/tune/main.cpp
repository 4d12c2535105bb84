// lln-tune: the low-latency checklist as a program that probes, plans, applies what it is told to, undoes and reports.
#include "change.hpp"
#include "output.hpp"

#include <lln/latency/checked_stdout.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using namespace lln::tune;

enum Exit { good = 0, failed = 1, bad_arguments = 2, refused = 3 };

struct Arguments {
  std::string root = "/";
  std::string journal;
  std::string cpus;
  bool json = false;
  bool all = false;
  std::vector<std::string> items;
};

std::filesystem::path journal_of(const Arguments& arguments) {
  if (!arguments.journal.empty()) return std::filesystem::absolute(arguments.journal);
  return std::filesystem::path(arguments.root) / "var/lib/lln-tune/journal";
}

template <class Print, class Value>
void show(const Arguments& arguments, Print print, Value value) {
  if (arguments.json) {
    std::cout << value().dump(1) << '\n';
  } else {
    print();
  }
}

int worst(const std::vector<Outcome>& outcomes) {
  using Kind = Outcome::Kind;
  const auto has = [&](Kind kind) {
    return std::any_of(outcomes.begin(), outcomes.end(), [&](const Outcome& o) { return o.kind == kind; });
  };
  if (has(Kind::failed)) return failed;
  return has(Kind::refused) || has(Kind::changed_by_others) ? refused : good;
}

int plan(const Arguments& arguments, const Tree& tree) {
  const Facts facts = probe(tree, arguments.cpus);
  const auto advice = make_plan(facts);
  show(
      arguments,
      [&] {
        print_plan(std::cout, facts, advice, arguments.all);
        std::cout
            << "\nNext:  sudo lln-tune apply ITEM...   only what you name; lln-tune undo takes it back\n";
      },
      [&] { return plan_json(facts, advice); });
  return good;
}

int apply_items(const Arguments& arguments, const Tree& tree) {
  const Facts facts = probe(tree, arguments.cpus);
  std::map<std::string, std::string> values;
  std::vector<std::string> ids;
  for (const std::string& item : arguments.items) {
    const std::size_t equals = item.find('=');
    ids.push_back(item.substr(0, equals));
    if (equals != std::string::npos) values[ids.back()] = item.substr(equals + 1);
  }
  const auto advice = make_plan(facts, values);
  std::vector<const Advice*> wanted;
  for (const std::string& id : ids) {
    const auto found =
        std::find_if(advice.begin(), advice.end(), [&](const Advice& a) { return a.id == id; });
    if (found == advice.end())
      throw std::invalid_argument("there is no item '" + id + "'; lln-tune plan --all lists them");
    wanted.push_back(&*found);
  }
  Journal journal(journal_of(arguments));
  std::vector<Outcome> outcomes;
  for (const Advice* item : wanted) {
    outcomes.push_back(apply(*item, tree, journal));
    if (outcomes.back().kind == Outcome::Kind::failed) break;
  }
  const bool something = !journal.entries().empty();
  show(
      arguments,
      [&] {
        print_outcomes(std::cout, outcomes);
        if (something)
          std::cout << "\nNext:  lln-tune undo   takes back what " << journal.file().string() << " holds\n";
      },
      [&] { return outcomes_json(outcomes); });
  return worst(outcomes);
}

int undo_all(const Arguments& arguments, const Tree& tree) {
  if (!std::filesystem::exists(journal_of(arguments))) {
    show(
        arguments,
        [&] { std::cout << "Nothing to undo: there is no " << journal_of(arguments).string() << '\n'; },
        [] { return outcomes_json({}); });
    return good;
  }
  Journal journal(journal_of(arguments));
  const auto outcomes = undo(tree, journal);
  show(
      arguments, [&] { print_outcomes(std::cout, outcomes); }, [&] { return outcomes_json(outcomes); });
  return worst(outcomes);
}

int report(const Arguments& arguments, const Tree& tree) {
  const auto entries = Journal::read(journal_of(arguments));
  show(
      arguments,
      [&] {
        if (entries.empty()) std::cout << "Nothing is changed by lln-tune.\n";
        print_journal(std::cout, tree, entries);
      },
      [&] { return journal_json(tree, entries); });
  return good;
}

int show_facts(const Arguments& arguments, const Tree& tree) {
  const Facts facts = probe(tree, arguments.cpus);
  show(
      arguments, [&] { print_facts(std::cout, facts); }, [&] { return facts_json(facts); });
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  const lln::latency::CheckedStdout checked("lln-tune");
  Arguments arguments;
  CLI::App app(
      "The low-latency checklist: what this machine is set to, what it should be, and the change with a way "
      "back.\n"
      "Exit code: 0 done, 1 failed, 2 bad arguments, 3 refused or changed by others.");
  app.require_subcommand(1);
  app.fallthrough();
  app.add_option("--root", arguments.root, "read and write below DIR/proc and DIR/sys, a copy")
      ->check(CLI::ExistingDirectory)
      ->type_name("DIR");
  app.add_option("--journal", arguments.journal, "the undo journal (default: ROOT/var/lib/lln-tune/journal)")
      ->type_name("FILE");
  app.add_option("--cpus", arguments.cpus,
                 "the CPUs that low-latency threads are to have (default: the last)")
      ->type_name("LIST");
  app.add_flag("--json", arguments.json, "for programs");
  auto* probe_command = app.add_subcommand("probe", "what there is, unjudged");
  auto* plan_command = app.add_subcommand("plan", "each item: now, advised, why, the risk, the command");
  plan_command->add_flag("--all", arguments.all,
                         "also what is as advised, and what this machine does not have");
  auto* apply_command = app.add_subcommand("apply", "change these items, journal first");
  apply_command->add_option("ITEM", arguments.items, "an item of the plan, or ITEM=VALUE")->required();
  auto* undo_command = app.add_subcommand("undo", "take back what the journal holds, the latest first");
  auto* report_command = app.add_subcommand("report", "what is changed at present");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? good : bad_arguments;
  }
  try {
    const Tree tree(std::filesystem::absolute(arguments.root));
    if (*probe_command) return show_facts(arguments, tree);
    if (*plan_command) return plan(arguments, tree);
    if (*apply_command) return apply_items(arguments, tree);
    if (*undo_command) return undo_all(arguments, tree);
    if (*report_command) return report(arguments, tree);
  } catch (const std::invalid_argument& error) {
    std::cerr << "lln-tune: " << error.what() << '\n';
    return bad_arguments;
  } catch (const std::exception& error) {
    std::cerr << "lln-tune: " << error.what() << '\n';
    return failed;
  }
  return bad_arguments;
}
