// The visible stable particles in GeV, and every damage is found before HepMC3 or by it.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "io/broken.h"
#include "io/event_parser.h"
#include "io/events.h"

namespace pyjetsim::test {
namespace {

std::string replaced(std::string text, const std::string& old, const std::string& with) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), with);
}

std::string broken(const std::string& text) {
  EventParser parser(5);
  Particles particles;
  try {
    parser.parse(text, particles);
  } catch (const BrokenError& error) {
    return error.what();
  }
  return "";
}

TEST(EventParser, KeepsWhatADetectorSees) {
  EventParser parser(5);
  Particles particles;
  for (const int number : {7, 3, -1}) {
    parser.parse(event_text(number), particles);
    EXPECT_EQ(particles.event, number);
    EXPECT_EQ(particles.momenta, (std::vector<double>{1.25, -2.5, 3.75, -7, 24, 0}));
    EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{211, 11}));
    EXPECT_EQ(particles.masses, (std::vector<double>{std::sqrt(0.6875), 0}));
  }
}

TEST(EventParser, MeVBecomeGeV) {
  EventParser parser(5);
  Particles particles;
  parser.parse(event_text(1, "MEV"), particles);
  ASSERT_EQ(particles.momenta.size(), 6U);
  EXPECT_DOUBLE_EQ(particles.momenta[4], 0.024);
  EXPECT_NEAR(particles.masses[0], 1e-3 * std::sqrt(0.6875), 1e-12);
}

TEST(EventParser, EtaLimit) {
  Particles particles;
  EventParser(0.1).parse(event_text(1), particles);
  EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{11}));
}

TEST(EventParser, ParticlesMayStandBeforeTheirVertex) {
  EventParser parser(5);
  Particles particles;
  const std::string vertex = "V -1 0 [1,2]\n";
  parser.parse(replaced(event_text(1), vertex, "") + vertex, particles);
  EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{211, 11}));
}

TEST(EventParser, EventWithoutParticles) {
  EventParser parser(5);
  Particles particles;
  parser.parse(event_text(1), particles);
  parser.parse("E 2 0 0\nU GEV MM\n", particles);
  EXPECT_EQ(particles.event, 2);
  EXPECT_TRUE(particles.pid.empty());
}

TEST(EventParser, GoesOnAfterADamagedEvent) {
  EventParser parser(5);
  Particles particles;
  EXPECT_THROW(parser.parse(replaced(event_text(1), "P 4 -1 211 1.25", "P 4 -1 211 1e999"), particles), BrokenError);
  parser.parse(event_text(2), particles);
  EXPECT_EQ(particles.pid.size(), 2U);
}

TEST(EventParser, SaysWhatIsWrong) {
  const std::string good = event_text(2);
  const std::string unparsed = "the next event cannot be parsed";
  const std::string numbers = "a particle of the next event has no finite numbers";
  const std::vector<std::pair<std::string, std::string>> damages = {
      {replaced(good, "P 4 -1 211 1.25 -2.5 3.75 4.75 0.139 1\n", ""), "the next event has 6 of its 7 particles"},
      {good + "P 8 -1 22 1 1 1 2 0 1\n", "the next event has 8 of its 7 particles"},
      {replaced(good, "E 2 2 7", "E 2 2"), "the next event has no particle count"},
      {replaced(good, "E 2 2 7", "E 2 2 x"), "the next event has no particle count"},
      {replaced(good, "E 2 2 7", "E 2 2 -7"), "the next event has no particle count"},
      {replaced(good, "E 2 2 7", "E 2 2 999999999999"), "the next event has no particle count"},
      {replaced(good, "E 2 2 7", "E 2 2 2000000000"), "the next event has 7 of its 2000000000 particles"},
      {replaced(good, "E 2 2 7", "E x 2 7"), unparsed},
      {replaced(good, "E 2 2 7", "E 99999999999 2 7"), unparsed},
      {replaced(good, "E 2 2 7", "E 2 3 7"), unparsed},
      {replaced(good, "E 2 2 7", "E 2 1 7"), unparsed},
      {replaced(good, "P 4 -1 211 1.25", "P 4 -1 211 zz"), numbers},
      {replaced(good, "P 4 -1 211 1.25", "P 4 -1 211 nan"), numbers},
      {replaced(good, "P 4 -1 211 1.25", "P 4 -1 211 1e999"), unparsed},
      {replaced(good, "P 4 -1", "P 9 -1"), unparsed},
      {replaced(good, "P 4 -1", "P 3 -1"), unparsed},
      {replaced(good, "P 4 -1", "P 4 -5"), unparsed},
      {replaced(good, "P 4 -1", "P 4 4"), unparsed},
      {replaced(good, "P 4 -1 211 1.25 -2.5 3.75 4.75 0.139 1", "P 4 -1 211"), unparsed},
      {replaced(good, "V -1", "V -7"), unparsed},
      {replaced(good, "V -1", "V 1"), unparsed},
      {replaced(good, "[1,2]", "[1,99]"), unparsed},
      {replaced(good, "[1,2]", "[1,-2]"), unparsed},
      {replaced(good, "[1,2]", "1,2"), unparsed},
      {replaced(good, "[1,2]", ""), unparsed},
      {replaced(good, "U GEV MM", "U GEV MM" + std::string(300'000, ' ')), unparsed},
      {replaced(good, "U GEV", "U KEV"), unparsed},
      {replaced(good, "P 4 -1", "P 4 40") + "P 8 1 22 1 1 1 2 0 1\n", "the next event has 8 of its 7 particles"},
      {good + "E 3 0 0\n", unparsed},
      {"", "the next event has no particle count"},
  };
  EXPECT_EQ(broken(good), "");
  for (const auto& [text, message] : damages) EXPECT_EQ(broken(text), message) << text.substr(0, 600);
}

TEST(EventParser, IsSilent) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  broken(replaced(event_text(2), "E 2 2 7", "E 2 3 7"));
  broken(replaced(event_text(2), "[1,2]", "[1,99]"));
  broken(replaced(event_text(2), "U GEV", "U eV"));
  broken(event_text(2) + "X an unknown line\n");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace pyjetsim::test
