// HepMC3's own reader, and nothing done with the events: hepmc3_reader FILE
#include <HepMC3/GenEvent.h>
#include <HepMC3/ReaderAscii.h>

#include <cstddef>
#include <cstdio>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  HepMC3::ReaderAscii reader(arguments[1]);
  HepMC3::GenEvent event;
  std::size_t events = 0, particles = 0;
  while (reader.read_event(event) && !reader.failed()) {
    ++events;
    particles += event.particles().size();
  }
  std::printf("%zu %zu\n", events, particles);
  return 0;
}
