#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>
#include <type_traits>

#include "core/number_text.h"
#include "io/bytes.h"
#include "io/hepmc.h"

namespace pyjetsim {

namespace {

constexpr int kStable = 1;
constexpr std::size_t kShownOfAWord = 40;
constexpr const char* kMomentum[] = {"px", "py", "pz", "the energy"};
// Of a line E behind the event's number, at least; HepMC3's has two, or a position.
constexpr std::size_t kWordsOfHepMC2 = 6;
constexpr const char* kOneTable = "jets have as many weights each, and nobody could tell which is which";

bool blank(char character) { return character == ' ' || character == '\t' || character == '\r'; }

// As it can stand in a message of one line.
std::string shown(std::string_view word) {
  std::string text = "'" + std::string(word.substr(0, kShownOfAWord)) + (word.size() > kShownOfAWord ? "...'" : "'");
  std::replace_if(text.begin(), text.end(), [](char letter) { return letter < ' ' || letter > '~'; }, '?');
  return text;
}

// A number that is too small for a double is 0 for every purpose; one that is too large is no number.
bool is_tiny(std::string_view word) {
  const std::size_t end = std::min(word.find_first_of("eE"), word.size());
  const std::string_view digits = word.substr(0, end);
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), end));
  const auto first = static_cast<std::int64_t>(std::min(digits.find_first_of("123456789"), end));
  std::int64_t exponent = 0;
  if (end + 1 < word.size()) {
    const char* const start = word.data() + end + (word[end + 1] == '+' ? 2 : 1);
    const auto result = std::from_chars(start, word.data() + word.size(), exponent);
    // So far from 0 that no digits make up for it.
    constexpr std::int64_t kDecides = std::int64_t{1} << 62;
    if (result.ec != std::errc() || exponent > kDecides || exponent < -kDecides) return word[end + 1] == '-';
  }
  return exponent + point - first < 0;
}

}  // namespace

// One event while it is read. The lines' words are numbers of a known order: names are for messages.
class EventParser::Event {
 public:
  Event(const EventText& source, const Acceptance& acceptance, bool number_events, Memory& memory, Particles& particles)
      : source_(source),
        acceptance_(acceptance),
        number_events_(number_events),
        memory_(memory),
        particles_(particles),
        rest_(source.text) {}

  void parse() {
    read_event_line();
    while (!rest_.empty()) {
      next_line();
      if (stop_ - at_ < 2 || !blank(at_[1])) continue;
      switch (*at_++) {
        case 'P':
          is_hepmc2_ ? read_hepmc2_particle() : read_particle();
          break;
        case 'V':
          is_hepmc2_ ? read_hepmc2_vertex() : read_vertex();
          break;
        case 'U':
          read_units();
          break;
        case 'W':
          if (!is_hepmc2_) read_weights();
          break;
        default:
          break;
      }
    }
    is_hepmc2_ ? check_hepmc2() : check();
    check_weights();
  }

 private:
  enum : char { kListed = 1, kNamed = 2, kIncoming = 4 };

  // --- words ---

  void next_line() {
    const std::size_t length = std::min(rest_.find('\n'), rest_.size());
    at_ = rest_.data();
    stop_ = at_ + length;
    rest_.remove_prefix(std::min(length + 1, rest_.size()));
  }

  void skip_blanks() {
    while (at_ < stop_ && blank(*at_)) ++at_;
  }

  bool at_end() {
    skip_blanks();
    return at_ == stop_;
  }

  // The word here, to its end.
  std::string_view word() const {
    const char* const end = std::find_if(at_, stop_, blank);
    return {at_, static_cast<std::size_t>(end - at_)};
  }

  // A number that takes the whole word; one plus sign may stand before it. `any`: infinite ones and none, too, for what
  // is not used.
  template <typename Number>
  bool take(Number& number, bool any = false) {
    skip_blanks();
    const char* const start = at_ + (stop_ - at_ > 1 && *at_ == '+' && at_[1] != '-' && at_[1] != '+' ? 1 : 0);
    const auto [end, error] = std::from_chars(start, stop_, number);
    if (end < stop_ && !blank(*end)) return false;
    if constexpr (std::is_floating_point_v<Number>) {
      if (error == std::errc::result_out_of_range && (any || is_tiny({start, static_cast<std::size_t>(end - start)}))) {
        number = 0;
      } else if (error != std::errc() || !(any || std::isfinite(number))) {
        return false;
      }
    } else {
      if (error != std::errc()) return false;
    }
    at_ = end;
    return true;
  }

  // What messages call a line's thing.
  std::string item(const char* of, std::int64_t which) const {
    return of + (which == 0 ? "" : " " + std::to_string(which)) + " of " + event_;
  }

  template <typename Number>
  Number number(const char* name, const char* of, std::int64_t which, bool any = false) {
    Number value{};
    if (take(value, any)) return value;
    const std::string what = std::string(name) + " of " + item(of, which);
    if (at_ == stop_) throw BrokenError(what + " is missing");
    const std::string kind = std::is_floating_point_v<Number>
                                 ? any ? "number" : "finite number"
                                 : "whole number of " + std::to_string(8 * sizeof(Number)) + " bits";
    throw BrokenError(what + " is " + shown(word()) + ", no " + kind);
  }

  // What is not used must be numbers all the same: a line that was damaged is not to be trusted.
  void skip_numbers(std::int64_t count, const char* name, const char* of, std::int64_t which) {
    for (std::int64_t i = 0; i < count; ++i) number<double>(name, of, which, true);
  }

  std::int64_t natural(const char* name, const char* of, std::int64_t which) {
    skip_blanks();
    const std::string_view found = word();
    const auto value = number<std::int32_t>(name, of, which);
    if (value < 0)
      throw BrokenError(std::string(name) + " of " + item(of, which) + " is " + shown(found) + ", below 0");
    return value;
  }

  void end_line(const char* of, std::int64_t which) {
    if (!at_end()) throw BrokenError(item(of, which) + " has a word too many, " + shown(word()));
  }

  [[noreturn]] void fail(const std::string& wrong) const { throw BrokenError(event_ + " " + wrong); }

  // --- both formats ---

  void read_event_line() {
    next_line();
    if (at_ < stop_) ++at_;
    read_event_number();
    event_ = "event " + std::to_string(particles_.event);
    std::size_t words = 0;
    bool has_position = false;
    for (const char* at = at_; (at = std::find_if_not(at, stop_, blank)) != stop_;
         at = std::find_if(at, stop_, blank)) {
      has_position = has_position || *at == '@';
      ++words;
    }
    is_hepmc2_ = words >= kWordsOfHepMC2 && !has_position;
    if (is_hepmc2_) {
      read_hepmc2_event();
    } else {
      n_vertices_ = natural("the number of vertices", "line E", 0);
      n_particles_ = natural("the number of particles", "line E", 0);
      end_with_position("line E", 0);
      memory_.particles.assign(room(n_particles_), 0);
      memory_.vertices.assign(room(n_vertices_), 0);
    }
  }

  // Whatever the line says, no more memory than the text.
  std::size_t room(std::int64_t count) const {
    return std::min(static_cast<std::size_t>(count), source_.text.size()) + 1;
  }

  void read_event_number() {
    particles_.event = source_.position;
    std::int64_t number = 0;
    skip_blanks();
    const std::string_view word = this->word();
    if (!take(number)) {
      const std::size_t digits = word.find_first_not_of("+-");
      const bool whole = digits < 2 && word.find_first_not_of("0123456789", digits) == std::string_view::npos;
      if (!whole) {
        throw BrokenError(word.empty() ? "the next event has no number"
                                       : "the next event has the number " + shown(word) + ", no whole one");
      }
      if (!number_events_) {
        throw BrokenError("the next event has the number " + shown(word) + ", which is not " + kEventNumbers,
                          kKnownByNumber, kNumberEvents);
      }
      at_ += word.size();
    }
    if (!number_events_) particles_.event = number;
  }

  void read_units() {
    skip_blanks();
    const std::string_view momentum = word();
    at_ += momentum.size();
    skip_blanks();
    const std::string_view length = word();
    at_ += length.size();
    if ((momentum != "GEV" && momentum != "MEV") || (length != "MM" && length != "CM") || !at_end()) {
      const char* const start = momentum.data();
      std::string_view units(start, static_cast<std::size_t>(stop_ - start));
      while (!units.empty() && blank(units.back())) units.remove_suffix(1);
      throw BrokenError("the units of " + event_ + " are " + shown(units), "HepMC knows GEV or MEV, and MM or CM",
                        "correct its line U");
    }
    const double scale = momentum == "MEV" ? 1e-3 : 1;
    if (scale_ != 0 && scale != scale_) fail("has two kinds of units");
    scale_ = scale;
  }

  void add_weight(const char* line) { particles_.weights.push_back(number<double>("a weight", line, 0)); }

  // HepMC says of an event without weights that it has the weight 1.
  void check_weights() {
    std::vector<double>& weights = particles_.weights;
    if (weights.empty()) weights.assign(source_.n_weights, 1.0);
    if (weights.size() != source_.n_weights) {
      throw BrokenError(event_ + " has " + counted(weights.size(), "weight") + ", and the first event of the file " +
                            (source_.n_weights == 0 ? "none" : std::to_string(source_.n_weights)),
                        kOneTable, "write all events with the same weights");
    }
    if (source_.renamed) {
      throw BrokenError(event_ + " calls its weights otherwise than the first event of the file", kOneTable,
                        "write all events with the same weights");
    }
  }

  void need_units() {
    if (source_.units.empty()) {
      throw BrokenError(event_ + " does not say its units", "its momenta may be in GeV or MeV",
                        "add a line `U GEV MM` or `U MEV MM` behind its line E");
    }
    particles_.borrowed_units = source_.borrowed_units;
    const char* const at = at_;
    const char* const stop = stop_;
    at_ = source_.units.data() + 1;
    stop_ = source_.units.data() + source_.units.size();
    read_units();
    at_ = at;
    stop_ = stop;
  }

  // What is beyond float has no place in a jet, and would spoil every jet of its event.
  void check_storable(const double* momentum, std::int64_t particle) const {
    for (std::size_t i = 0; i < 4; ++i) {
      const double value = momentum[i] * scale_;
      if (std::abs(value) <= std::numeric_limits<float>::max()) continue;
      throw BrokenError(
          std::string(kMomentum[i]) + " of " + item("particle", particle) + " is " + short_text(value, 3) + " GeV",
          "jets hold numbers of 32 bits, up to 3.4e+38",
          "leave out the event, or find out where the particle comes from");
    }
  }

  void keep(std::int32_t pid, const double* momentum, int status, std::int64_t particle) {
    if (status != kStable || !is_visible(pid)) return;
    const double px = momentum[0] * scale_, py = momentum[1] * scale_, pz = momentum[2] * scale_;
    if (!acceptance_.holds(px, py, pz)) return;
    check_storable(momentum, particle);
    const double energy = momentum[3] * scale_;
    particles_.momenta.insert(particles_.momenta.end(), {px, py, pz});
    particles_.masses.push_back(std::sqrt(std::max(energy * energy - (px * px + py * py + pz * pz), 0.0)));
    particles_.pid.push_back(pid);
  }

  void read_momentum(double (&momentum)[4], std::int64_t which) {
    for (std::size_t i = 0; i < 4; ++i) momentum[i] = number<double>(kMomentum[i], "particle", which);
  }

  std::int32_t read_status(std::int64_t particle) {
    if (!at_end()) return number<std::int32_t>("the status", "particle", particle);
    throw BrokenError("the status of " + item("particle", particle) + " is missing",
                      "it may be stable or not, and the file may be damaged there",
                      "complete its line, or make the file anew");
  }

  // --- HepMC3 ---

  void end_with_position(const char* of, std::int64_t which) {
    if (!at_end() && word() == "@") {
      ++at_;
      skip_numbers(4, "the position", of, which);
    }
    end_line(of, which);
  }

  // What is known of one. A number that the text has no room for shares the last place: such an event lacks others.
  static char& at(std::vector<char>& known, std::int64_t number) {
    return known[std::min(static_cast<std::size_t>(number), known.size() - 1)];
  }

  void read_weights() {
    if (!particles_.weights.empty()) fail("has two lines of weights");
    while (!at_end()) add_weight("line W");
  }

  void read_particle() {
    if (found_particles_ == 0) need_units();
    ++found_particles_;
    const auto id = number<std::int32_t>("the number", "particle", found_particles_);
    if (id < 1 || id > n_particles_)
      fail("has a particle " + std::to_string(id) + ", and " + std::to_string(n_particles_) + " particles");
    char& known = at(memory_.particles, id);
    if ((known & kListed) != 0) fail("has two particles " + std::to_string(id));
    known |= kListed;
    const auto parent = number<std::int32_t>("the origin", "particle", id);
    if (parent == id || parent > n_particles_ || parent < -n_vertices_) {
      fail("has a particle " + std::to_string(id) + " from " + (parent < 0 ? "vertex " : "particle ") +
           std::to_string(parent) + ", which is not there");
    }
    if (parent > 0) at(memory_.particles, parent) |= kNamed;
    if (parent < 0) at(memory_.vertices, -parent) |= kNamed;
    const auto pid = number<std::int32_t>("the PDG id", "particle", id);
    double momentum[4];
    read_momentum(momentum, id);
    number<double>("the mass", "particle", id);
    const auto status = read_status(id);
    end_line("particle", id);
    keep(pid, momentum, status, id);
  }

  void read_vertex() {
    ++listed_vertices_;
    const auto id = number<std::int32_t>("the number", "vertex", -listed_vertices_);
    if (id > -1 || id < -n_vertices_)
      fail("has a vertex " + std::to_string(id) + ", and " + std::to_string(n_vertices_) + " vertices");
    char& known = at(memory_.vertices, -id);
    if ((known & kListed) != 0) fail("has two vertices " + std::to_string(id));
    known |= kListed;
    number<std::int32_t>("the status", "vertex", id);
    read_incoming(id);
    end_with_position("vertex", id);
  }

  // "[1,2,3]", particles that end in a vertex.
  void read_incoming(std::int32_t id) {
    const auto expect = [&](char character) {
      skip_blanks();
      if (at_ == stop_ || *at_ != character) return false;
      ++at_;
      return true;
    };
    if (!expect('[')) throw BrokenError(item("vertex", id) + " has no list of particles");
    if (expect(']')) return;
    do {
      skip_blanks();
      std::int32_t particle = 0;
      const auto [end, error] = std::from_chars(at_, stop_, particle);
      if (error != std::errc()) throw BrokenError(item("vertex", id) + " has a list of particles that is damaged");
      at_ = end;
      if (particle < 1 || particle > n_particles_) {
        throw BrokenError(item("vertex", id) + " names particle " + std::to_string(particle) + ", which is not there");
      }
      at(memory_.particles, particle) |= kIncoming;
    } while (expect(','));
    if (!expect(']')) throw BrokenError(item("vertex", id) + " has a list of particles that is damaged");
  }

  void check() const {
    if (found_particles_ != n_particles_) {
      fail("has " + std::to_string(found_particles_) + " of its " + std::to_string(n_particles_) + " particles");
    }
    // The vertex between a particle and its children has no line where nothing else is known of it.
    std::int64_t vertices = listed_vertices_;
    for (const char known : memory_.particles) vertices += (known & kNamed) != 0 && (known & kIncoming) == 0;
    if (vertices != n_vertices_) {
      fail("has " + std::to_string(vertices) + " of its " + std::to_string(n_vertices_) + " vertices");
    }
    const auto nameless = [](char known) { return (known & kNamed) != 0 && (known & kListed) == 0; };
    const auto missing = std::find_if(memory_.vertices.begin(), memory_.vertices.end(), nameless);
    if (missing != memory_.vertices.end()) {
      fail("has particles from vertex -" + std::to_string(missing - memory_.vertices.begin()) + ", which is not there");
    }
  }

  // --- HepMC2 ---

  void read_hepmc2_event() {
    memory_.barcodes.clear();
    memory_.end_codes.clear();
    const bool has_beams = !source_.is_io_ascii;
    if (has_beams) skip_numbers(1, "the number of interactions", "line E", 0);
    skip_numbers(3, "the scale or a coupling", "line E", 0);
    skip_numbers(2, "the signal process", "line E", 0);
    n_vertices_ = natural("the number of vertices", "line E", 0);
    if (has_beams) skip_numbers(2, "the beams", "line E", 0);
    skip_numbers(natural("the number of random states", "line E", 0), "a random state", "line E", 0);
    const std::int64_t n_weights = natural("the number of weights", "line E", 0);
    for (std::int64_t i = 0; i < n_weights; ++i) add_weight("line E");
    end_line("line E", 0);
  }

  void read_hepmc2_vertex() {
    check_hepmc2_vertex();
    const auto id =
        number<std::int64_t>("the number", "vertex", -static_cast<std::int64_t>(memory_.barcodes.size()) - 1);
    memory_.barcodes.push_back(id);
    number<std::int32_t>("the status", "vertex", id);
    skip_numbers(4, "the position", "vertex", id);
    expected_ = natural("the number of incoming particles", "vertex", id);
    expected_ += natural("the number of outgoing particles", "vertex", id);
    found_ = 0;
    skip_numbers(natural("the number of weights", "vertex", id), "a weight", "vertex", id);
    end_line("vertex", id);
  }

  void read_hepmc2_particle() {
    if (found_particles_ == 0) need_units();
    if (memory_.barcodes.empty()) fail("has a particle before its first vertex");
    ++found_particles_;
    ++found_;
    const auto id = number<std::int64_t>("the number", "particle", found_particles_);
    const auto pid = number<std::int32_t>("the PDG id", "particle", id);
    double momentum[4];
    read_momentum(momentum, id);
    if (!source_.is_io_ascii) number<double>("the mass", "particle", id);
    const auto status = read_status(id);
    skip_numbers(2, "the polarisation", "particle", id);
    const auto end = number<std::int64_t>("the end vertex", "particle", id);
    if (end != 0) memory_.end_codes.push_back(end);
    skip_numbers(2 * natural("the number of flows", "particle", id), "a flow", "particle", id);
    end_line("particle", id);
    keep(pid, momentum, status, id);
  }

  // PYTHIA 8 has written vertices with more particles than they say.
  void check_hepmc2_vertex() const {
    if (found_ >= expected_) return;
    fail("has " + std::to_string(found_) + " of the " + std::to_string(expected_) + " particles of vertex " +
         std::to_string(memory_.barcodes.back()));
  }

  void check_hepmc2() {
    check_hepmc2_vertex();
    std::vector<std::int64_t>& there = memory_.barcodes;
    if (static_cast<std::int64_t>(there.size()) != n_vertices_) {
      fail("has " + std::to_string(there.size()) + " of its " + std::to_string(n_vertices_) + " vertices");
    }
    std::sort(there.begin(), there.end());
    for (const std::int64_t end : memory_.end_codes) {
      if (!std::binary_search(there.begin(), there.end(), end)) {
        fail("has a particle that ends in vertex " + std::to_string(end) + ", which is not there");
      }
    }
  }

  const EventText& source_;
  const Acceptance& acceptance_;
  bool number_events_;
  Memory& memory_;
  Particles& particles_;
  std::string_view rest_;       // behind the line
  const char* at_ = nullptr;    // in the line
  const char* stop_ = nullptr;  // of the line
  std::string event_;           // how messages call it
  bool is_hepmc2_ = false;
  double scale_ = 0;  // to GeV; 0: not known yet
  std::int64_t n_vertices_ = 0, n_particles_ = 0;
  std::int64_t listed_vertices_ = 0, found_particles_ = 0;
  std::int64_t expected_ = 0, found_ = 0;  // particles of a HepMC2 vertex
};

namespace {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (const char* at = line.data();
       (at = std::find_if_not(at, line.data() + line.size(), blank)) != line.data() + line.size();) {
    const char* const end = std::find_if(at, line.data() + line.size(), blank);
    words.emplace_back(at, static_cast<std::size_t>(end - at));
    at = end;
  }
  return words;
}

// A word of digits; 0 for others, whose line is refused when it is parsed.
std::size_t natural_word(const std::vector<std::string_view>& words, std::size_t which) {
  std::size_t value = 0;
  if (which >= words.size()) return 0;
  const std::string_view word = words[which];
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  return result.ec == std::errc() ? value : 0;
}

}  // namespace

std::size_t count_weights(const EventText& event) {
  const std::string_view text = event.text;
  const std::vector<std::string_view> head = words_of(text.substr(0, text.find('\n')));
  const bool has_position = std::find(head.begin(), head.end(), "@") != head.end();
  if (head.size() >= 2 + kWordsOfHepMC2 && !has_position) {
    // Behind the letter and the number of the event, the number of random states is the tenth; without beams the
    // seventh.
    const std::size_t states = event.is_io_ascii ? 8 : 11;
    return natural_word(head, states + 1 + std::min(natural_word(head, states), head.size()));
  }
  for (std::size_t at = text.find("\nW"); at != std::string_view::npos; at = text.find("\nW", at + 1)) {
    const std::string_view line = text.substr(at + 1, text.find('\n', at + 1) - at - 1);
    if (line.size() > 1 && blank(line[1])) return words_of(line).size() - 1;
  }
  return 0;
}

EventParser::EventParser(double eta_max, bool number_events) : acceptance_(0, eta_max), number_events_(number_events) {}

void EventParser::parse(const EventText& text, Particles& particles) {
  particles.momenta.clear();
  particles.masses.clear();
  particles.pid.clear();
  particles.weights.clear();
  particles.borrowed_units = false;
  Event(text, acceptance_, number_events_, memory_, particles).parse();
}

}  // namespace pyjetsim
