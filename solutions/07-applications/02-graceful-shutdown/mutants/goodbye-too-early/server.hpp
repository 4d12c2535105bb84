// mutant: in-flight release: a goodbye while requests are with the service
#pragma once

#include <connection.hpp>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <utility>

namespace lln::exercise {

class Server {
 public:
  // `listener`: a listening socket, non-blocking; the server takes it over. The service outlives the server.
  Server(int listener, Service& service) : listener_(listener), service_(service) {}
  ~Server() {
    if (listener_ >= 0) ::close(listener_);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Does all that can be done now, without waiting; the owner calls it again and again. `now` is ms, by the owner's clock.
  void turn(std::int64_t now) {
    if (stopping_) return turn_when_stopping(now);
    accept_all();
    for (Client& client : clients_) read_requests(client);
    take_answers();
    write_and_forget();
  }

  void stop(std::int64_t deadline) {
    if (stopping_) return;
    stopping_ = true;
    deadline_ = deadline;
  }

  bool stopped() const { return stopping_ && listener_ < 0 && clients_.empty(); }

  std::size_t lost() const { return lost_; }

 private:
  struct Client {
    explicit Client(int socket) : connection(socket) {}
    Connection connection;
    std::size_t open_requests = 0;  // submitted, not answered yet
    bool input_ended = false;
    bool broken = false;
    bool goodbye_said = false;
    bool output_ended = false;
  };

  void turn_when_stopping(std::int64_t now) {
    const bool first_time = listener_ >= 0;
    if (first_time) {
      accept_all();  // they have connected: closing the listener would reset them
      ::close(listener_);
      listener_ = -1;
    }
    for (Client& client : clients_) {
      if (first_time) {
        read_requests(client);
      } else {
        discard(client);
      }
    }
    take_answers();
    for (auto client = clients_.begin(); client != clients_.end();) {
      say_goodbye(*client);
      const bool both_ended = client->output_ended && client->input_ended;
      client = both_ended || client->broken || now >= deadline_ ? forget(client) : std::next(client);
    }
  }

  // So that nothing is unread when the socket is closed.
  void discard(Client& client) {
    if (client.input_ended || client.broken) return;
    const auto input = client.connection.discard();
    client.input_ended = input == Connection::Input::ended;
    client.broken = input == Connection::Input::broken;
  }

  // As far as it has come: the answers, the goodbye, the end.
  void say_goodbye(Client& client) {
    if (client.broken || client.output_ended) return;
    if (!client.connection.write()) client.broken = true;
    if (!client.goodbye_said && client.connection.all_written()) {
      client.connection.say(goodbye);
      client.goodbye_said = true;
      if (!client.connection.write()) client.broken = true;
    }
    if (client.goodbye_said && client.connection.all_written()) {
      client.connection.end_output();
      client.output_ended = true;
    }
  }

  void accept_all() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (socket >= 0) {
        clients_.emplace_back(socket);
      } else if (errno != EINTR && errno != ECONNABORTED) {
        return;
      }
    }
  }

  void read_requests(Client& client) {
    if (client.input_ended || client.broken) return;
    const auto input = client.connection.read([&](std::uint64_t request) {
      client.open_requests += 1;
      asked_.emplace(next_ticket_, &client);
      service_.submit(next_ticket_++, request);
    });
    client.input_ended = input == Connection::Input::ended;
    client.broken = input == Connection::Input::broken;
  }

  void take_answers() {
    for (const auto& [ticket, answer] : service_.finished()) {
      const auto found = asked_.find(ticket);
      if (found == asked_.end()) continue;  // nobody waits for it any more
      found->second->connection.say(answer);
      found->second->open_requests -= 1;
      asked_.erase(found);
    }
  }

  // Writes, and closes the connections of clients that have ended and got all, or that are broken.
  void write_and_forget() {
    for (auto client = clients_.begin(); client != clients_.end();) {
      if (!client->connection.write()) client->broken = true;
      const bool served =
          client->input_ended && client->open_requests == 0 && client->connection.all_written();
      client = served || client->broken ? forget(client) : std::next(client);
    }
  }

  std::list<Client>::iterator forget(std::list<Client>::iterator client) {
    lost_ += client->open_requests;
    // An answer of which a part was taken is lost too; the goodbye is no answer.
    if (!client->goodbye_said) lost_ += (client->connection.unwritten() + 7) / 8;
    std::erase_if(asked_, [&](const auto& entry) { return entry.second == &*client; });
    return clients_.erase(client);
  }

  int listener_;
  Service& service_;
  std::list<Client> clients_;
  std::map<std::uint64_t, Client*> asked_;  // ticket: who waits for the answer
  std::uint64_t next_ticket_ = 0;
  bool stopping_ = false;
  std::int64_t deadline_ = 0;
  std::size_t lost_ = 0;
};

}  // namespace lln::exercise
