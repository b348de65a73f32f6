#include "io/event_lines.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <vector>

#include "io/broken.h"

namespace pyjetsim {

namespace {

// HepMC3 reads a line into a buffer of 2^18 bytes.
constexpr std::size_t kLongestLine = (1 << 18) - 1;
constexpr int kMomentumAndMass = 5;
constexpr int kStable = 1;

// Whether all characters may stand in a line of a particle whose numbers are finite.
bool numeric(std::string_view line) {
  static const std::array<bool, 256> allowed = [] {
    std::array<bool, 256> table{};
    for (const unsigned char character : std::string_view("P -+0123456789.eE\r")) table[character] = true;
    return table;
  }();
  return std::all_of(line.begin(), line.end(), [](unsigned char character) { return allowed[character]; });
}

[[noreturn]] void cannot_be_parsed() { throw BrokenError("the next event cannot be parsed"); }

// The words of a line, one by one.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view next() {
    skip(true);
    const char* const start = rest_.data();
    skip(false);
    return {start, static_cast<std::size_t>(rest_.data() - start)};
  }

  // A whole number that HepMC3, which keeps them as int, can hold.
  bool next(int& number) {
    const std::string_view word = next();
    const char* const end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, number);
    return !word.empty() && error == std::errc() && stop == end;
  }

  std::string_view rest() const { return rest_; }

 private:
  void skip(bool between) {
    std::size_t length = 0;
    while (length < rest_.size() && (rest_[length] == ' ' || rest_[length] == '\r') == between) ++length;
    rest_.remove_prefix(length);
  }

  std::string_view rest_;
};

bool known_units(std::string_view line) {
  Words words(line.substr(1));
  const std::string_view momentum = words.next(), length = words.next();
  return (momentum == "GEV" || momentum == "MEV") && (length == "MM" || length == "CM");
}

class Checker {
 public:
  Checker(std::string_view first, std::size_t longest) {
    Words words(first);
    words.next();
    const bool numbered = words.next(event_);
    const bool counted = words.next(vertices_);
    if (!words.next(particles_) || particles_ < 0) throw BrokenError("the next event has no particle count");
    if (!numbered || !counted || vertices_ < 0) cannot_be_parsed();
    // Whatever the line says, no more memory than the text.
    has_children_.resize(std::min(static_cast<std::size_t>(particles_), longest) + 1);
  }

  void check_vertex(std::string_view line) {
    Words words(line.substr(1));
    int number = 0, status = 0;
    if (!words.next(number) || number >= 0 || number < -vertices_ || !words.next(status)) cannot_be_parsed();
    ++found_vertices_;
    check_incoming(words.next());
  }

  // What follows the numbers of a stable particle and its parent; empty for another particle.
  std::string_view check_particle(std::string_view line) {
    if (!numeric(line)) throw BrokenError("a particle of the next event has no finite numbers");
    ++found_particles_;
    Words words(line.substr(1));
    int number = 0, parent = 0;
    if (!words.next(number) || number != found_particles_ || !words.next(parent) || parent < -vertices_ ||
        parent == number || parent > particles_) {
      damaged_ = true;
      return {};
    }
    // The vertex between a particle and its only parent has no line of its own.
    if (parent > 0 && !has_children_[static_cast<std::size_t>(parent)]) {
      has_children_[static_cast<std::size_t>(parent)] = true;
      ++found_vertices_;
    }
    const std::string_view rest = words.rest();
    int pid = 0, status = 0;
    bool complete = words.next(pid);
    for (int i = 0; i < kMomentumAndMass; ++i) complete = !words.next().empty() && complete;
    if (!words.next(status) || !complete) damaged_ = true;
    return status == kStable ? rest : std::string_view();
  }

  int event() const { return event_; }

  void check_counts() const {
    if (found_particles_ != particles_) {
      throw BrokenError("the next event has " + std::to_string(found_particles_) + " of its " +
                        std::to_string(particles_) + " particles");
    }
    if (damaged_ || found_vertices_ != vertices_) cannot_be_parsed();
  }

 private:
  // "[1,2,3]", particles that end in a vertex.
  void check_incoming(std::string_view list) const {
    if (list.size() < 2 || list.front() != '[' || list.back() != ']') cannot_be_parsed();
    const char* at = list.data() + 1;
    const char* const end = list.data() + list.size() - 1;
    while (at < end) {
      int particle = 0;
      const auto [stop, error] = std::from_chars(at, end, particle);
      if (error != std::errc() || particle < 0 || particle > particles_) cannot_be_parsed();
      if (stop < end && *stop != ',') cannot_be_parsed();
      at = stop + 1;
    }
  }

  int event_ = 0, vertices_ = 0, particles_ = 0;
  int found_vertices_ = 0, found_particles_ = 0;
  std::vector<bool> has_children_;
  bool damaged_ = false;
};

}  // namespace

void copy_stable(const std::string& text, std::string& stable) {
  std::string_view rest = text;
  const auto next_line = [&rest] {
    const std::size_t length = rest.find('\n');
    const std::string_view line = rest.substr(0, length);
    rest.remove_prefix(length == std::string_view::npos ? rest.size() : length + 1);
    if (line.size() > kLongestLine) cannot_be_parsed();
    return line;
  };
  Checker checker(next_line(), text.size());
  std::string_view units;
  std::size_t found = 0;
  stable.clear();
  while (!rest.empty()) {
    const std::string_view line = next_line();
    if (line.empty()) continue;
    switch (line.front()) {
      case 'P':
        if (const std::string_view what = checker.check_particle(line); !what.empty()) {
          stable.append("P ").append(std::to_string(++found)).append(" 0").append(what).push_back('\n');
        }
        break;
      case 'V':
        checker.check_vertex(line);
        break;
      case 'U':
        if (!known_units(line)) cannot_be_parsed();
        units = line;
        break;
      case 'E':
        cannot_be_parsed();
      default:
        break;
    }
  }
  checker.check_counts();
  std::string head = "E " + std::to_string(checker.event()) + " 0 " + std::to_string(found) + "\n";
  if (!units.empty()) head.append(units).push_back('\n');
  stable.insert(0, head);
}

}  // namespace pyjetsim
