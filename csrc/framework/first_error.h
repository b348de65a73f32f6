// Steps that are all to be done, whatever goes wrong in one of them.
#pragma once

#include <exception>
#include <utility>

namespace pyjetsim::framework {

class FirstError {
 public:
  // Does a step; if it throws, goes on and keeps the error, unless there is one.
  template <typename Step>
  void keep(Step&& step) {
    try {
      std::forward<Step>(step)();
    } catch (...) {
      add(std::current_exception());
    }
  }
  void add(std::exception_ptr error) {
    if (!error_) error_ = std::move(error);
  }
  explicit operator bool() const { return error_ != nullptr; }
  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::exception_ptr error_;
};

}  // namespace pyjetsim::framework
