// HepMC events, in three steps: a stream is cut into the texts of its events, a text is parsed into particles, and a
// reader does both, one event after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/bytes.h"
#include "pyjetsim/error.h"
#include "pyjetsim/jets.h"
#include "pyjetsim/selection.h"

namespace pyjetsim {

// --- The events of a HepMC file, still as text.

// What the weights of events are called, in their order.
using WeightNames = std::vector<std::string>;

struct EventText {
  std::string text;                                 // from its line E to the next
  std::string units;                                // its line U, or that of an earlier event; empty where none had one
  bool borrowed_units = false;                      // of an earlier event
  std::int64_t position = 0;                        // in the file, from 0
  bool is_io_ascii = false;                         // of the oldest HepMC2, whose particles have no mass
  std::size_t n_weights = 0;                        // of the first event of the file, and so of each
  std::shared_ptr<const WeightNames> weight_names;  // those of the first event; null where nobody said
  bool renamed = false;                             // its weights are called otherwise
};

// How many weights the text of an event gives; 0 where it cannot be read.
std::size_t count_weights(const EventText& event);

// Tells the events of HepMC3's and HepMC2's ASCII files apart, whose header and end marker may be missing. Several of
// them joined are one.
class EventTexts {
 public:
  // Reads up to the first event. Throws Error for what is no HepMC, BrokenError where it breaks in its header. `path`
  // is for messages; `source` must outlive this.
  EventTexts(Bytes& source, const std::string& path);

  // Gives the next event; false after the last. Throws BrokenError where the stream breaks, after all events before
  // that were given.
  bool next(EventText& event);

  // Of the first event: "HepMC3" or "HepMC2"; HepMC3 for a file without events.
  const char* format() const { return format_; }

  // To be called after the last event: what is unusual about the end, though every event was given. Each reads as an
  // Error.
  std::vector<std::string> warnings() const;

 private:
  enum class Mark { none, event, listing };

  bool fill();
  bool find_start();
  bool starts_without_header(std::string_view line);
  Mark seek();
  Mark mark_at_line(bool& undecided) const;
  bool enter();
  void pass_listing();
  void begin_listing(std::string_view kind);
  void look_behind_end();
  void look_at_head(EventText& event);
  void add_weights(EventText& event);
  std::string_view rest(std::size_t from) const { return std::string_view(buffer_).substr(from); }

  Bytes& source_;
  std::string name_;
  const char* format_ = "HepMC3";
  std::string buffer_;
  std::size_t start_ = 0;    // of the event in the buffer
  std::size_t line_ = 0;     // of the line that is looked at
  std::size_t scanned_ = 0;  // no end of line before this place
  bool inside_ = false;      // of an event, from start_ on
  bool drained_ = false;
  std::string broken_;  // why it was drained, if not because it ended

  std::string units_;
  std::string names_line_;        // the last line with names of weights
  std::string first_names_line_;  // that of the first event
  std::size_t n_weights_ = 0;     // of the first event
  std::shared_ptr<const WeightNames> weight_names_;
  std::int64_t events_ = 0;
  bool is_io_ascii_ = false;
  bool closed_ = false;   // behind an end marker
  bool joined_ = false;   // with another listing behind it
  bool goes_on_ = false;  // with something else behind it
};

// --- The visible stable particles of a HepMC event.

// Event numbers that tell jets apart: a jets.h5 has them in 64 bits with a sign, and noise is keyed by them without
// one.
inline constexpr const char* kEventNumbers = "from 0 to 2^63 - 1";
inline constexpr const char* kKnownByNumber = "its jets and their noise are known by it";
inline constexpr const char* kNumberEvents = "number the events by their place in the file, with --number-events";

// Of one event: the particles of status 1 that a detector can see.
struct Particles {
  std::int64_t event = 0;         // its number
  bool borrowed_units = false;    // it has none of its own
  std::vector<double> momenta;    // px, py, pz in GeV, three numbers a particle
  std::vector<double> masses;     // GeV
  std::vector<std::int32_t> pid;  // PDG ids
  std::vector<double> weights;    // of the event

  ParticlesView view() const { return {momenta, masses}; }
};

// Parses events one by one, reusing its memory. One for each thread. Numbers are read whole or not at all, in no
// locale's way.
class EventParser {
 public:
  // Particles with |eta| below `eta_max` are kept. Events have the numbers of the file, or of their place in it.
  EventParser(double eta_max, bool number_events);

  // Throws BrokenError for an event that is damaged: one that lacks particles, has a number that is none, or names what
  // is not there.
  void parse(const EventText& text, Particles& particles);

 private:
  class Event;
  struct Memory {
    std::vector<char> particles;                    // what is known of each, by its number
    std::vector<char> vertices;                     // the same
    std::vector<std::int64_t> barcodes, end_codes;  // of HepMC2's vertices, and those that its particles name
  };

  Acceptance acceptance_;
  bool number_events_;
  Memory memory_;
};

// --- The events of a HepMC file one by one, and the messages on a file that all programs share.

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

// The error for an event with a negative number, by which its jets cannot be identified.
Error negative_number(const std::string& path, std::int64_t number);

// Of events without jets that pass the cuts: the hardest of those that do not.
struct HardestJets {
  double pt = 0, eta = 0;  // of the hardest of all
  double pt_inside = 0;    // of the hardest within the cut on |eta|; GeV

  void add(double jet_pt, double jet_eta, double eta_max);
  void add(const HardestJets& others);

  // The message where no jet passes the cuts. Reads as an Error.
  std::string warning(const std::string& path, double pt_min, double eta_max) const;
};

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
  // Known from the first event on; empty where nobody said.
  WeightNames weight_names() const { return text_.weight_names ? *text_.weight_names : WeightNames(); }
  std::optional<std::int64_t> last_event() const { return last_event_; }
  // What is unusual though harmless. To be called after the last event.
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
