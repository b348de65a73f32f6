#include "kernels/cpu/scratch.h"

#include <memory>
#include <new>

namespace pyjetsim {
namespace {

constexpr std::align_val_t kAlignment{64};

struct Release {
  void operator()(void* block) const { ::operator delete(block, kAlignment); }
};

}  // namespace

void* thread_scratch(std::size_t bytes) {
  thread_local std::unique_ptr<void, Release> block;
  thread_local std::size_t size = 0;
  if (bytes > size) {
    block.reset();
    size = 0;  // if the next line throws, there is nothing
    block.reset(::operator new(bytes, kAlignment));
    size = bytes;
  }
  return block.get();
}

}  // namespace pyjetsim
