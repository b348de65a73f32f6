// Stands in for libpyjetsim_torchscript, which needs libtorch: the small model by hand.
#include "backends/torchscript/library.h"
#include "simulator/by_hand.h"

#ifdef STUB_NEEDS_ANOTHER_LIBTORCH
void a_function_of_another_libtorch();
#endif

namespace {

std::unique_ptr<const pyjetsim::Backend> make(const std::string&, const std::string&, const pyjetsim::Manifest&,
                                              const pyjetsim::Backend::Config&) {
#ifdef STUB_NEEDS_ANOTHER_LIBTORCH
  a_function_of_another_libtorch();
#endif
  return std::make_unique<ByHand>();
}

const pyjetsim::TorchscriptEntry kEntry{STUB_VERSION, make};

}  // namespace

extern "C" __attribute__((visibility("default"))) const pyjetsim::TorchscriptEntry*
pyjetsim_torchscript_entry() noexcept {
  return &kEntry;
}
