// A job of the event framework: gen particles from a gun, simulated jets, and their response in a JSON file.
//
//   response_job BUNDLE OUTPUT.json [THREADS [EVENTS]]
//
// In place of the gun goes a source of yours: one class with one function.
#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>

#include "framework/modules/products.h"
#include "framework/processor.h"

namespace fw = pyjetsim::framework;

namespace {

// Two jets back to back in phi, of 30 particles each.
class JetGun : public fw::Source {
 public:
  explicit JetGun(std::uint64_t events) : events_(events) {}

  bool next(fw::EventPrincipal& event) override {
    if (read_ == events_) return false;
    ++read_;
    std::mt19937_64 random(read_);
    const auto uniform = [&random](double low, double high) {
      return low + (high - low) * static_cast<double>(random() >> 11) * 0x1p-53;
    };
    auto particles = std::make_shared<fw::GenParticles>();
    const double pt = uniform(200, 800), phi = uniform(-3, 3);
    for (const double axis : {phi, phi + 3.14}) {
      const double eta = uniform(-2, 2);
      for (int i = 0; i < 30; ++i) particles->push_back(particle(pt / 30, eta, axis, uniform(0.1, 1.9), uniform));
    }
    event.set_id({1, 1, read_});
    event.put(fw::InputTag("gun"), typeid(fw::GenParticles), std::move(particles));
    return true;
  }

 private:
  template <typename Uniform>
  static fw::GenParticle particle(double pt, double eta, double phi, double share, const Uniform& uniform) {
    pt *= share, eta += uniform(-0.2, 0.2), phi += uniform(-0.2, 0.2);
    return {pt * std::cos(phi), pt * std::sin(phi), pt * std::sinh(eta), 0.14, 211, /*status=*/1};
  }

  const std::uint64_t events_;
  std::uint64_t read_ = 0;
};

fw::EventProcessor* running = nullptr;

void run(const char* bundle, const char* output, unsigned threads, std::uint64_t events) {
  fw::ProcessConfig config;
  config.path = {
      {"sim", "JetSimProducer", fw::ParameterSet().set("particles", "gun").set("bundle", bundle).set("seed", 1)},
      {"response", "JetMatchAnalyzer",
       fw::ParameterSet().set("jets", "sim").set("reference_jets", "sim:gen").set("output", output)}};
  config.setup.put(fw::InvisibleParticles());
  config.threads = threads;

  JetGun gun(events);
  fw::EventProcessor processor(config, gun);
  running = &processor;
  for (const int each : {SIGINT, SIGTERM}) std::signal(each, [](int) { running->stop(); });
  const fw::Summary& summary = processor.run();
  std::printf("%zu events in %.2f s%s\n", summary.events, summary.seconds, summary.stopped ? ", stopped" : "");
  for (const fw::ModuleTime& each : summary.modules) {
    const double seconds = std::accumulate(each.seconds.begin(), each.seconds.end(), 0.0);
    std::printf("  %-10s %8.3f ms/event\n", each.module.label.c_str(),
                1e3 * seconds / double(std::max<std::size_t>(summary.events, 1)));
  }
}

std::uint64_t number(const char* text, std::uint64_t most) {
  char* end = nullptr;
  const std::uint64_t value = std::strtoull(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || value > most) {
    throw std::invalid_argument(std::string(text) + " is no whole number up to " + std::to_string(most));
  }
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "response_job BUNDLE OUTPUT.json [THREADS [EVENTS]]\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], argc > 3 ? static_cast<unsigned>(number(argv[3], 1024)) : 1,
        argc > 4 ? number(argv[4], 1'000'000'000) : 1000);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  return 0;
}
