// A stream that ends or errs where it should not.
#pragma once

#include <stdexcept>
#include <string>

namespace pyjetsim {

// What is wrong there, without file and place: those are added by who knows how far reading came.
class BrokenError : public std::runtime_error {
 public:
  explicit BrokenError(const std::string& wrong, const std::string& why = "the file is cut or damaged there",
                       const std::string& todo = "make it anew or ask its maker for a whole copy")
      : std::runtime_error(wrong), why_(why), todo_(todo) {}

  const std::string& why() const noexcept { return why_; }
  const std::string& todo() const noexcept { return todo_; }

 private:
  std::string why_, todo_;
};

}  // namespace pyjetsim
