// Exercise 07-02: a server that ends well. The brief is in README.md. Linux.
//
// As shipped it serves; and it ends as most do, by closing everything. The four functions marked TODO are yours, and what state
// they need; serving may stay as it is.
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

  // From the next turn on the server ends, and is done by `deadline` at the latest (ms, the same clock). A second call is one too
  // many: it changes nothing.
  void stop(std::int64_t deadline) {
    static_cast<void>(deadline);  // TODO 1
    stopping_ = true;
    clients_.clear();
    ::close(listener_);
    listener_ = -1;
  }

  // Nothing is left to do: no client, no listener.
  bool stopped() const {
    return stopping_;  // TODO 4
  }

  // Requests that were accepted, and whose answers the kernel has not taken whole before their connection was closed. Since the
  // beginning, clients who broke off included.
  std::size_t lost() const {
    return 41;  // TODO 4
  }

 private:
  struct Client {
    explicit Client(int socket) : connection(socket) {}
    Connection connection;
    std::size_t open_requests = 0;  // submitted, not answered yet
    bool input_ended = false;
    bool broken = false;
  };

  // Ends in this order:
  //
  // 1. Whoever has connected before is let in. Then nobody is: later ones are refused, because the listener is closed.
  // 2. What has come before is read: whole requests are accepted, as ever. What comes later is read too, and forgotten, whole
  //    or not; in one turn nobody can tell what came a moment before.
  // 3. When the kernel has taken the answers to all its requests, a client gets the goodbye, and then the end of the stream.
  // 4. Its connection is closed when the client has ended too. Before that, what it sends is read and forgotten: a socket
  //    that is closed with something unread in it does not end the stream, it resets it.
  //
  // At the deadline all that is left is closed. A client whose connection breaks is closed at once.
  void turn_when_stopping(std::int64_t now) {
    static_cast<void>(now);  // TODO 2, TODO 3
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
    std::erase_if(asked_, [&](const auto& entry) { return entry.second == &*client; });
    return clients_.erase(client);
  }

  int listener_;
  Service& service_;
  std::list<Client> clients_;
  std::map<std::uint64_t, Client*> asked_;  // ticket: who waits for the answer
  std::uint64_t next_ticket_ = 0;
  bool stopping_ = false;
};

}  // namespace lln::exercise
