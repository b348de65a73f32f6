#include "io/event_parser.h"

#include <HepMC3/GenEvent.h>
#include <HepMC3/GenParticle.h>
#include <HepMC3/ReaderAscii.h>
#include <HepMC3/Setup.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <istream>
#include <streambuf>

#include "io/broken.h"
#include "io/event_lines.h"

namespace pyjetsim {

namespace {

constexpr char kEnd[] = "HepMC::Asciiv3-END_EVENT_LISTING\n";

// A string as a stream, without a copy.
class TextBuffer : public std::streambuf {
 public:
  void show(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }
};

// HepMC3 prints what it does not understand; here it is thrown.
void silence() {
  static const bool silent = [] {
    HepMC3::Setup::set_print_errors(false);
    HepMC3::Setup::set_print_warnings(false);
    HepMC3::Setup::set_debug_level(0);
    return true;
  }();
  static_cast<void>(silent);
}

}  // namespace

struct EventParser::State {
  explicit State(double eta_max) : acceptance(0, eta_max), stream(&buffer), reader(stream) {}

  Acceptance acceptance;
  TextBuffer buffer;
  std::istream stream;
  HepMC3::ReaderAscii reader;
  HepMC3::GenEvent event;
  std::string lines;

  bool read();
  bool keep(const HepMC3::GenParticle& particle, double scale, Particles& particles) const;
};

bool EventParser::State::read() {
  lines += kEnd;
  buffer.show(lines);
  stream.clear();
  try {
    return reader.read_event(event) && !reader.failed();
  } catch (const std::exception&) {
    return false;
  }
}

// False for a particle whose momentum is not finite.
bool EventParser::State::keep(const HepMC3::GenParticle& particle, double scale, Particles& particles) const {
  const HepMC3::FourVector& momentum = particle.momentum();
  const double px = momentum.px() * scale, py = momentum.py() * scale, pz = momentum.pz() * scale;
  const double energy = momentum.e() * scale;
  if (!std::isfinite(px) || !std::isfinite(py) || !std::isfinite(pz) || !std::isfinite(energy)) return false;
  if (!is_visible(particle.pid()) || !acceptance.holds(px, py, pz)) return true;
  particles.momenta.insert(particles.momenta.end(), {px, py, pz});
  particles.masses.push_back(std::sqrt(std::max(energy * energy - (px * px + py * py + pz * pz), 0.0)));
  particles.pid.push_back(particle.pid());
  return true;
}

EventParser::EventParser(double eta_max) {
  silence();
  state_ = std::make_unique<State>(eta_max);
}

EventParser::~EventParser() = default;

void EventParser::parse(const std::string& text, Particles& particles) {
  particles.momenta.clear();
  particles.masses.clear();
  particles.pid.clear();
  copy_stable(text, state_->lines);
  bool good = state_->read();
  if (good) {
    const HepMC3::GenEvent& event = state_->event;
    particles.event = event.event_number();
    const double scale = event.momentum_unit() == HepMC3::Units::MEV ? 1e-3 : 1;
    for (const auto& particle : event.particles()) {
      good = state_->keep(*particle, scale, particles);
      if (!good) break;
    }
  }
  if (!good) throw BrokenError("the next event cannot be parsed");
}

}  // namespace pyjetsim
