#include "kernels/cpu/paths.h"

#include <atomic>
#include <memory>
#include <new>

#include "kernels/cpu/memory.h"
#include "pyjetsim/error.h"

namespace pyjetsim {

#define PYJETSIM_DECLARE_PATH(name)            \
  extern const CpuKernels<float> name##_float; \
  extern const CpuKernels<double> name##_double
PYJETSIM_DECLARE_PATH(portable);
#if defined(__x86_64__)
PYJETSIM_DECLARE_PATH(avx2);
PYJETSIM_DECLARE_PATH(avx512);
#endif
#undef PYJETSIM_DECLARE_PATH

namespace {

std::vector<const CpuPath*> find_paths() {
  std::vector<const CpuPath*> found;
#if defined(__x86_64__)
  __builtin_cpu_init();
  static const CpuPath avx512_path{"avx512", avx512_float, avx512_double};
  static const CpuPath avx2_path{"avx2", avx2_float, avx2_double};
  if (__builtin_cpu_supports("avx512f")) found.push_back(&avx512_path);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) found.push_back(&avx2_path);
#endif
  static const CpuPath portable_path{"portable", portable_float, portable_double};
  found.push_back(&portable_path);
  return found;
}

std::atomic<const CpuPath*>& chosen() {
  static std::atomic<const CpuPath*> path{cpu_paths().front()};
  return path;
}

}  // namespace

const std::vector<const CpuPath*>& cpu_paths() {
  static const std::vector<const CpuPath*> paths = find_paths();
  return paths;
}

const CpuPath& current_cpu_path() { return *chosen().load(std::memory_order_relaxed); }

void use_cpu_path(const std::string& name) {
  std::string known;
  for (const CpuPath* path : cpu_paths()) {
    if (path->name == name) {
      chosen().store(path, std::memory_order_relaxed);
      return;
    }
    known += known.empty() ? path->name : std::string(", ") + path->name;
  }
  throw Error("the kernels have no path '" + name + "' on this processor", "its instructions may not exist here",
              "take one of " + known);
}

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
