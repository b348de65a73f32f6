// Files that are no HepMC, by their first bytes.
#pragma once

#include <string>
#include <string_view>

namespace pyjetsim {

// Throws Error that says what it is, for content of a kind that is known here. `start`: the first bytes, decompressed;
// `name`: what messages call it.
void refuse_other_kinds(std::string_view start, const std::string& name);

// HDF5's mark, which may stand behind bytes of a user's.
bool is_hdf5(std::string_view start);

}  // namespace pyjetsim
