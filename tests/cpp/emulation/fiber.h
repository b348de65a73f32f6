// A thread of a block as a fiber: it runs until it waits for others, and the sanitizers know of it.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif
// The emulator itself is compiled without -fsanitize=thread, so that only what kernels do is watched.
#if defined(EMULATION_UNDER_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

namespace emulation {

// Where execution is, or was left.
class Context {
 public:
#if defined(EMULATION_UNDER_TSAN)
  Context() : watched_as_(__tsan_get_current_fiber()) {}
#endif

  void switch_to(Context& to) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_start_switch_fiber(&fake_stack_, to.stack_, to.stack_size_);
#endif
#if defined(EMULATION_UNDER_TSAN)
    __tsan_switch_to_fiber(to.watched_as_, __tsan_switch_to_fiber_no_sync);
#endif
    swapcontext(&context_, &to.context_);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(fake_stack_, nullptr, nullptr);
#endif
  }

 protected:
  // On the first lines of a new fiber: tells where the one that started it has its stack.
  void arrived_from([[maybe_unused]] Context& from) {
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &from.stack_, &from.stack_size_);
#endif
  }

  ucontext_t context_{};
  const void* stack_ = nullptr;
  std::size_t stack_size_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* watched_as_ = nullptr;
};

// Runs `body` forever; body has to switch back to the scheduler in between.
class Fiber : public Context {
 public:
  Fiber(void (*body)(), Context& scheduler) : body_(body), scheduler_(scheduler), memory_(new char[kStack]) {
    getcontext(&context_);
    context_.uc_stack.ss_sp = memory_.get();
    context_.uc_stack.ss_size = kStack;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&context_, reinterpret_cast<void (*)()>(&Fiber::start), 2, static_cast<unsigned>(self >> 32),
                static_cast<unsigned>(self));
    stack_ = memory_.get();
    stack_size_ = kStack;
#if defined(EMULATION_UNDER_TSAN)
    watched_as_ = __tsan_create_fiber(0);
#endif
  }
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

 private:
  static constexpr std::size_t kStack = 256 * 1024;  // a sanitizer's report is written on it

  // makecontext passes ints.
  static void start(unsigned high, unsigned low) {
    auto* fiber = reinterpret_cast<Fiber*>(static_cast<std::uintptr_t>(high) << 32 | low);
    fiber->arrived_from(fiber->scheduler_);
    for (;;) fiber->body_();
  }

  void (*body_)();
  Context& scheduler_;
  std::unique_ptr<char[]> memory_;
};

}  // namespace emulation
