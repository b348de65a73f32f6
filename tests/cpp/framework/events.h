// Events with jets: a source that makes them, and an output that keeps every product to its last bit.
#pragma once

#include <cmath>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "framework/modules/products.h"
#include "framework/processor.h"

namespace pyjetsim::framework {

inline GenParticle gen_particle(double pt, double eta, double phi, int pid = 211, int status = 1) {
  return {pt * std::cos(phi), pt * std::sin(phi), pt * std::sinh(eta), 0.14, pid, status};
}

// Particles around a few axes and everywhere, from the event's number alone; among them some that no gen jet holds. The
// reference is the same particles, each a bit off.
inline GenParticles particles_of(std::uint64_t number) {
  std::mt19937_64 random(number);
  // Not the library's distributions: they differ between standard libraries.
  const auto uniform = [&random](double low, double high) {
    return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
  };
  GenParticles particles;
  const int n_jets = static_cast<int>(number % 4);
  for (int jet = 0; jet < n_jets; ++jet) {
    const double eta = uniform(-2, 2), phi = uniform(-3, 3), pt = uniform(3, 12);
    for (int i = 0; i < 25; ++i) {
      const int pid = i % 8 == 0 ? -14 : i % 3 == 0 ? 22 : 211;
      const int status = i % 9 == 0 ? 2 : 1;
      particles.push_back(
          gen_particle(uniform(0.1, 2) * pt, eta + uniform(-0.3, 0.3), phi + uniform(-0.3, 0.3), pid, status));
    }
  }
  for (int i = 0; i < 40; ++i) particles.push_back(gen_particle(uniform(0.1, 1), uniform(-6, 6), uniform(-3.1, 3.1)));
  return particles;
}

// Of the numbers given, in that order.
class EventSource : public Source {
 public:
  explicit EventSource(std::vector<std::uint64_t> numbers) : numbers_(std::move(numbers)) {}

  bool next(EventPrincipal& event) override {
    if (read_ == numbers_.size()) return false;
    const std::uint64_t number = numbers_[read_++];
    event.set_id({1, 2, number});
    const GenParticles particles = particles_of(number);
    RecoParticles reference;
    for (const GenParticle& each : particles) {
      if (each.status == 1) reference.push_back({1.02 * each.px, 1.02 * each.py, 1.02 * each.pz, each.mass});
    }
    event.put(InputTag("source"), typeid(GenParticles), std::make_shared<const GenParticles>(particles));
    event.put(InputTag("source:reco"), typeid(RecoParticles), std::make_shared<const RecoParticles>(reference));
    return true;
  }

 private:
  std::vector<std::uint64_t> numbers_;
  std::size_t read_ = 0;
};

inline std::vector<std::uint64_t> numbers_to(std::uint64_t last) {
  std::vector<std::uint64_t> numbers;
  for (std::uint64_t i = 0; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

// All products of the JetSimProducer "sim", in hexadecimal, one text an event.
class ExactOutput : public OutputModule {
 public:
  void write(const Event& event) override {
    std::ostringstream out;
    out << std::hexfloat << event.id().event << ':';
    for (const char* tag : {"sim", "sim:gen"}) {
      for (const Jet& jet : event.get<Jets>(InputTag(tag))) {
        out << ' ' << jet.pt << ' ' << jet.eta << ' ' << jet.phi << ' ' << jet.mass << ' ' << jet.first << '+'
            << jet.count;
      }
      out << ';';
    }
    for (const Constituent& each : event.get<Constituents>(InputTag("sim:constituents"))) {
      out << ' ' << each.px << ' ' << each.py << ' ' << each.pz << ' ' << each.pid;
    }
    for (const GenLink& each : event.get<GenLinks>(InputTag("sim:genLinks"))) {
      out << " ->" << each.gen_jet << each.outside_domain << each.truncated;
    }
    for (const std::size_t each : event.get<ConstituentIndices>(InputTag("sim:genConstituents"))) out << ' ' << each;
    events.push_back(out.str());
  }

  std::vector<std::string> events;
};

}  // namespace pyjetsim::framework
