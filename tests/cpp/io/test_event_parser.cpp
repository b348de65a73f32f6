// The visible stable particles in GeV, whatever the format and the locale; a damaged event is none.
#include <gtest/gtest.h>

#include <clocale>
#include <cmath>
#include <cstdio>
#include <locale>
#include <string>
#include <utility>
#include <vector>

#include "core/number_text.h"
#include "io/bytes.h"
#include "io/events.h"
#include "io/hepmc.h"

namespace pyjetsim::test {
namespace {

std::string replaced(std::string text, const std::string& old, const std::string& with) {
  const std::size_t at = text.find(old);
  EXPECT_NE(at, std::string::npos) << old;
  return text.replace(at, old.size(), with);
}

std::string broken(const std::string& text, const std::string& units = "") {
  EventParser parser(5, false);
  Particles particles;
  try {
    parser.parse(as_event(text, units), particles);
  } catch (const BrokenError& error) {
    return error.what();
  }
  return "";
}

void expect_the_two(const Particles& particles) {
  EXPECT_EQ(particles.momenta, (std::vector<double>{1.25, -2.5, 3.75, -7, 24, 0}));
  EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{211, 11}));
  EXPECT_EQ(particles.masses, (std::vector<double>{std::sqrt(0.6875), 0}));
}

TEST(EventParser, KeepsWhatADetectorSees) {
  EventParser parser(5, false);
  Particles particles;
  for (const int number : {7, 3, -1}) {
    for (const std::string& text : {event_text(number), hepmc2_event_text(number)}) {
      parser.parse(as_event(text), particles);
      EXPECT_EQ(particles.event, number);
      expect_the_two(particles);
    }
  }
}

TEST(EventParser, WeightsAreAsManyAsTheFirstEventHas) {
  EventParser parser(5, false);
  Particles particles;
  EventText event = as_event(replaced(event_text(1), "W 1.0\n", "W 1.5 -2e-300\n"));
  parser.parse(event, particles);
  EXPECT_EQ(particles.weights, (std::vector<double>{1.5, -2e-300}));
  EventText hepmc2 = as_event(replaced(hepmc2_event_text(1), "17 18 1 1.0", "17 18 2 1.5 -2"));
  EXPECT_EQ(hepmc2.n_weights, 2U);
  parser.parse(hepmc2, particles);
  EXPECT_EQ(particles.weights, (std::vector<double>{1.5, -2}));
  event = as_event(replaced(event_text(1), "W 1.0\n", ""));
  EXPECT_EQ(event.n_weights, 0U);
  event.n_weights = 2;
  parser.parse(event, particles);
  EXPECT_EQ(particles.weights, (std::vector<double>{1, 1}));
  event = as_event(event_text(1));
  event.renamed = true;
  EXPECT_THROW(parser.parse(event, particles), BrokenError);
  event.renamed = false;
  event.n_weights = 3;
  EXPECT_THROW(parser.parse(event, particles), BrokenError);
}

TEST(EventParser, MeVBecomeGeV) {
  EventParser parser(5, false);
  Particles particles;
  for (const auto& [text, units] : {std::pair(event_text(1, "MEV"), "U MEV MM"),
                                    std::pair(replaced(event_text(1), "U GEV MM\n", ""), "U MEV CM")}) {
    parser.parse(as_event(text, units), particles);
    ASSERT_EQ(particles.momenta.size(), 6U);
    EXPECT_DOUBLE_EQ(particles.momenta[4], 0.024);
    EXPECT_NEAR(particles.masses[0], 1e-3 * std::sqrt(0.6875), 1e-12);
  }
}

TEST(EventParser, EventsCanBeNumberedByTheirPlace) {
  EventParser parser(5, true);
  Particles particles;
  for (const std::string number : {"2", "-2", "99999999999999999999999"}) {
    EventText event = as_event(replaced(event_text(2), "E 2", "E " + number));
    event.position = 17;
    parser.parse(event, particles);
    EXPECT_EQ(particles.event, 17);
  }
  EXPECT_THROW(parser.parse(as_event(replaced(event_text(2), "E 2", "E 2x")), particles), BrokenError);
}

// With a decimal comma, and digits in groups.
struct Commas : std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

TEST(EventParser, NoLocaleMatters) {
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Commas));
  const char* const named = std::setlocale(LC_ALL, "de_DE.UTF-8");
  EventParser parser(5, false);
  Particles particles;
  parser.parse(as_event(replaced(event_text(7), "E 7", "E 1234567")), particles);
  const std::string wrong = broken(replaced(event_text(2), "1.25", "1,25"));
  const std::string told = fixed_text(1234.5, 1) + " " + short_text(0.25, 7) + " " + std::to_string(particles.event);
  std::setlocale(LC_ALL, "C");
  std::locale::global(before);
  EXPECT_EQ(particles.event, 1'234'567);
  expect_the_two(particles);
  EXPECT_EQ(wrong, "px of particle 4 of event 2 is '1,25', no finite number");
  EXPECT_EQ(told, "1234.5 0.25 1234567");
  if (named == nullptr) std::puts("de_DE.UTF-8 is not installed: tried with a locale of C++ alone");
}

TEST(EventParser, EtaLimit) {
  Particles particles;
  EventParser(0.1, false).parse(as_event(event_text(1)), particles);
  EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{11}));
}

TEST(EventParser, ParticlesMayStandBeforeTheirVertex) {
  EventParser parser(5, false);
  Particles particles;
  const std::string vertex = "V -1 0 [1,2]\n";
  parser.parse(as_event(replaced(event_text(1), vertex, "") + vertex), particles);
  EXPECT_EQ(particles.pid, (std::vector<std::int32_t>{211, 11}));
}

TEST(EventParser, EventWithoutParticles) {
  EventParser parser(5, false);
  Particles particles;
  parser.parse(as_event(event_text(1)), particles);
  parser.parse(as_event("E 2 0 0\n"), particles);
  EXPECT_EQ(particles.event, 2);
  EXPECT_TRUE(particles.pid.empty());
}

TEST(EventParser, GoesOnAfterADamagedEvent) {
  EventParser parser(5, false);
  Particles particles;
  EXPECT_THROW(parser.parse(as_event(replaced(event_text(1), "P 4 -1 211 1.25", "P 4 -1 211 1e999")), particles),
               BrokenError);
  parser.parse(as_event(event_text(2)), particles);
  EXPECT_EQ(particles.pid.size(), 2U);
}

TEST(EventParser, SaysWhatIsWrong) {
  const std::string good = event_text(2);
  const std::vector<std::pair<std::string, std::string>> damages = {
      {replaced(good, "P 4 -1 211 1.25 -2.5 3.75 4.75 0.139 1\n", ""), "event 2 has 6 of its 7 particles"},
      {good + "P 8 -1 22 1 1 1 2 0 1\n", "event 2 has a particle 8, and 7 particles"},
      {replaced(good, "E 2 2 7", "E 2 2"), "the number of particles of line E of event 2 is missing"},
      {replaced(good, "E 2 2 7", "E 2 2 -7"), "the number of particles of line E of event 2 is '-7', below 0"},
      {replaced(good, "E 2 2 7", "E 2 2 2000000000"), "event 2 has 7 of its 2000000000 particles"},
      {replaced(good, "E 2 2 7", "E 2 2000000000 7"), "event 2 has 2 of its 2000000000 vertices"},
      {replaced(good, "E 2 2 7", "E x 2 7"), "the next event has the number 'x', no whole one"},
      {replaced(good, "E 2 2 7", "E 99999999999999999999 2 7"),
       "the next event has the number '99999999999999999999', which is not from 0 to 2^63 - 1"},
      {replaced(good, "E 2 2 7", "E 2 3 7"), "event 2 has 2 of its 3 vertices"},
      {replaced(good, "E 2 2 7", "E 2 1 7"), "event 2 has 2 of its 1 vertices"},
      {replaced(good, "P 4 -1 211 1.25", "P 4 -1 211 nan"), "px of particle 4 of event 2 is 'nan', no finite number"},
      {replaced(good, "P 4 -1", "P 9 -1"), "event 2 has a particle 9, and 7 particles"},
      {replaced(good, "P 4 -1", "P 3 -1"), "event 2 has two particles 3"},
      {replaced(good, "P 4 -1", "P 4 -5"), "event 2 has a particle 4 from vertex -5, which is not there"},
      {replaced(good, "P 4 -1", "P 4 4"), "event 2 has a particle 4 from particle 4, which is not there"},
      {replaced(good, "V -1", "V -7"), "event 2 has a vertex -7, and 2 vertices"},
      {replaced(good, "[1,2]", "[1,99]"), "vertex -1 of event 2 names particle 99, which is not there"},
      {replaced(good, "[1,2]", "1,2"), "vertex -1 of event 2 has no list of particles"},
      {replaced(good, "U GEV", "U KEV"), "the units of event 2 are 'KEV MM'"},
      {good + "E 3 0 0\n", ""},  // no line that an event can have, and none of its own: EventTexts divides there
      {"", "the next event has no number"},
      {"E 2 2 7", "event 2 has 0 of its 7 particles"},
      {hepmc2_event_text(2) + "P 8 22 1 1 1 2 0 1 0 0 0 0\n", ""},  // one more than its vertex says
      {replaced(hepmc2_event_text(2), "P 7 11 -7 24 0 25 0 1 0 0 0 0\n", ""),
       "event 2 has 0 of the 1 particles of vertex -2"},
      {replaced(hepmc2_event_text(2), "0 0 -2 0", "0 0 -3 0"),
       "event 2 has a particle that ends in vertex -3, which is not there"},
  };
  EXPECT_EQ(broken(good), "");
  for (const auto& [text, message] : damages) EXPECT_EQ(broken(text), message) << text.substr(0, 600);
}

TEST(EventParser, NumbersAreReadWholeOrNotAtAll) {
  const auto px = [](const std::string& word) {
    EventParser parser(50, false);
    Particles particles;
    parser.parse(as_event("E 0 0 1\nP 1 0 22 " + word + " 30 0 50 0 1\n"), particles);
    return particles.momenta.at(0);
  };
  for (const auto& [word, value] :
       {std::pair("1", 1.), std::pair("+1", 1.), std::pair("-1", -1.), std::pair("1.", 1.), std::pair(".5", .5),
        std::pair("1e2", 100.), std::pair("1E+02", 100.), std::pair("1e-2", .01), std::pair("1e-400", 0.),
        std::pair("0.1", 0.1), std::pair("4.9e-324", 4.9e-324), std::pair("3.4e38", 3.4e38),
        std::pair("1.0000000000000002220446049250313", 1.0000000000000002)}) {
    EXPECT_EQ(px(word), value) << word;
  }
  EXPECT_EQ(px("0." + std::string(400, '0') + "1"), 0);
  EXPECT_EQ(px("0." + std::string(400, '0') + "1e401"), 1);
  for (const std::string word : {"2-00", "1e",   "1e+",      "e5",     ".",
                                 "-",    "+",    "+-1",      "++1",    "--1",
                                 "0x10", "1,5",  "1.5.1",    "1d2",    "inf",
                                 "nan",  "-inf", "infinity", "1e999",  "1'000",
                                 "one",  "1f",   "1_0",      "3.5e38", "1.7976931348623157e308"}) {
    EXPECT_THROW(px(word), BrokenError) << word;
  }
  for (const std::string exponent : {"9223372036854775807", "4611686018427387904", "99999999999999999999"}) {
    EXPECT_THROW(px("1e" + exponent), BrokenError) << exponent;
    EXPECT_EQ(px("1e-" + exponent), 0) << exponent;
  }
  EXPECT_THROW(px(std::string(400, '9')), BrokenError);
  EXPECT_THROW(px("1" + std::string(500, '0') + "e-1"), BrokenError);
}

TEST(EventParser, WithoutUnitsNothingIsGuessed) {
  EventParser parser(5, false);
  Particles particles;
  EventText event = as_event(replaced(event_text(2), "U GEV MM\n", ""));
  event.units.clear();
  EXPECT_THROW(parser.parse(event, particles), BrokenError);
}

}  // namespace
}  // namespace pyjetsim::test
