// What the text of a HepMC3 event must be for its reader to be trusted with it.
#pragma once

#include <string>

namespace pyjetsim {

// Makes of the text of an event that of one with only its stable particles, from nowhere: how they came about is not
// asked for, takes most of the reader's time, and must come in an order that older files do not keep. Throws
// BrokenError where the text does not hold together: HepMC3 would read a number that it does not understand as 0, and
// some versions use the number of a vertex or particle without looking whether it exists.
void copy_stable(const std::string& text, std::string& stable);

}  // namespace pyjetsim
