// Ctrl-C, a batch system's kill and a terminal that goes away, noted and asked for.
#pragma once

namespace pyjetsim {

// From now on SIGINT, SIGTERM and SIGHUP are noted and end nothing; those that are ignored stay so. A file that grows
// too large becomes an error of writing, not the end of the program.
void note_interrupts();
bool interrupted();

}  // namespace pyjetsim
