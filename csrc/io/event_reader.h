// The events of a HepMC file one by one, and what is told of a file by every program that reads one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "io/broken.h"
#include "io/bytes.h"
#include "io/event_parser.h"
#include "io/event_texts.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

// The numbers of events, as ranges: those of most files follow each other.
class EventNumbers {
 public:
  void add(std::int64_t number);

  // Reads as an Error; empty where no two are the same.
  std::string warning(const std::string& path) const;

 private:
  std::map<std::int64_t, std::int64_t> ranges_;  // the last of each by its first
  std::size_t events_ = 0, repeated_ = 0;
  std::int64_t first_repeated_ = 0;
};

// Where reading stopped, and why. `kept`: what was done with the events before, or empty.
Error stopped(const std::string& path, std::optional<std::int64_t> last_event, const BrokenError& broken,
              const std::string& kept = "");

// What was done with the events before, where `events` of them are in `output`.
std::string kept_before(std::size_t events, const std::string& output);

// An event whose jets cannot be told apart, because its number is negative.
Error negative_number(const std::string& path, std::int64_t number);

// Events without units of their own, which HepMC3's reader takes for those of the event before, as is done here.
class BorrowedUnits {
 public:
  void add(std::int64_t number, bool borrowed);

  // Reads as an Error; empty where none borrowed.
  std::string warning(const std::string& path) const;

 private:
  std::size_t events_ = 0, borrowed_ = 0;
  std::int64_t first_borrowed_ = 0;
};

// One thread may read at a time; others wait.
class EventReader {
 public:
  // Throws Error for what is no HepMC, BrokenError where it breaks before its first event. `path`, `waiting`: see
  // open_bytes(); the rest: see EventParser.
  EventReader(const std::string& path, double eta_max, bool number_events, const Waiting& waiting = {});

  // False after the last event. Throws BrokenError after the last good event where the file is cut or damaged.
  bool next(Particles& particles);

  const char* format() const { return texts_->format(); }
  std::optional<std::int64_t> last_event() const { return last_event_; }
  // What is unusual though harmless. To be asked after the last event.
  std::vector<std::string> warnings() const;

 private:
  std::string path_;
  std::mutex mutex_;
  std::unique_ptr<Bytes> bytes_;
  std::unique_ptr<EventTexts> texts_;
  EventParser parser_;
  EventText text_;
  EventNumbers numbers_;
  BorrowedUnits units_;
  std::optional<std::int64_t> last_event_;
  std::optional<BrokenError> broken_;
  bool finished_ = false;
};

}  // namespace pyjetsim
