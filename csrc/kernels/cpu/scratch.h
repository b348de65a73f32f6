// Working memory of a kernel: one block a thread, kept and grown, so that no call allocates once it has the size.
#pragma once

#include <cstddef>

namespace pyjetsim {

// At least `bytes`, aligned for any vector; what an earlier call returned on this thread is void.
void* thread_scratch(std::size_t bytes);

}  // namespace pyjetsim
